import TandemTensor
import TandemTraining
import Testing

/// Bits must depend neither on how a range is cut nor on the instruction set.
@Suite struct OptimizerBitsTests {
  static let optimizers: [AnyOptimizer] = [
    AnyOptimizer(SGD(weightDecay: 0.01)),
    AnyOptimizer(SGD(momentum: 0.9, weightDecay: 0.01)),
    AnyOptimizer(SGD(momentum: 0.9, nesterov: true, weightDecay: 0.01)),
    AnyOptimizer(AdaGrad(weightDecay: 0.01)),
    AnyOptimizer(RMSProp(weightDecay: 0.01)),
    AnyOptimizer(RMSProp(momentum: 0.9, weightDecay: 0.01)),
    AnyOptimizer(RMSProp(centered: true, weightDecay: 0.01)),
    AnyOptimizer(RMSProp(momentum: 0.9, centered: true, weightDecay: 0.01)),
    AnyOptimizer(Adam(weightDecay: 0.01)),
    AnyOptimizer(AdamW()),
    AnyOptimizer(Adadelta(weightDecay: 0.01)),
    AnyOptimizer(LARS()),
    AnyOptimizer(LARS(momentum: 0, weightDecay: 0.01)),
    AnyOptimizer(LAMB()),
  ]

  /// Odd sizes and offsets: no piece is a multiple of a vector, few start at a vector's boundary.
  static func cuts(of count: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    let sizes = [1, 3, 7, 31, 5, 129, 17, 0, 2, 63, 15, 33]
    while start < count {
      let end = min(count, start + sizes[ranges.count % sizes.count])
      ranges.append(start..<end)
      start = end
    }
    return ranges.reversed()
  }

  static func random(_ count: Int, stream: UInt32) -> [Float] {
    var random = CounterRandom(seed: 7, purpose: .test).sequence(stream)
    return (0..<count).map { _ in random.normal() }
  }

  @Test(arguments: optimizers.indices)
  func cutsDoNotMatter(index: Int) {
    let optimizer = Self.optimizers[index]
    let count = 1009
    let initial = Self.random(count, stream: 0)
    var whole = OptimizerRun(optimizer, parameters: initial)
    var cut = whole
    for step in 1...4 {
      let gradients = Self.random(count, stream: UInt32(step))
      whole.step(gradients: gradients, learningRate: 0.01)
      cut.step(gradients: gradients, learningRate: 0.01, cuts: Self.cuts(of: count))
    }
    #expect(whole.parameters != initial)
    #expect(whole.parameters.map(\.bitPattern) == cut.parameters.map(\.bitPattern))
    #expect(whole.state == cut.state)
  }

  /// Swift never fuses a product and a sum, so equal bits show that the kernel does not either: the
  /// same on machines with and without fused multiply-add.
  @Test func everyOperationIsRoundedOnItsOwn() {
    let count = 1009
    let momentum = Float(0.9)
    let decay = Float(0.01)
    let rate = Float(0.01)
    var run = OptimizerRun(
      SGD(momentum: 0.9, nesterov: true, weightDecay: 0.01),
      parameters: Self.random(count, stream: 0))
    var parameters = run.parameters
    var velocity = Array(repeating: Float(0), count: count)
    for step in 1...4 {
      let gradients = Self.random(count, stream: UInt32(step))
      run.step(gradients: gradients, learningRate: rate)
      for index in 0..<count {
        let gradient = gradients[index] + decay * parameters[index]
        velocity[index] = momentum * velocity[index] + gradient
        parameters[index] -= rate * (gradient + momentum * velocity[index])
      }
    }
    #expect(run.parameters.map(\.bitPattern) == parameters.map(\.bitPattern))
  }
}

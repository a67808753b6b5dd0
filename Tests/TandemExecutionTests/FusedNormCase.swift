import CKernels
import TandemTensor

/// Batch normalizations of made-up maps by our own kernels, and the same in double precision with
/// plain loops.
struct FusedNormCase {
  enum Other: CaseIterable { case nothing, shortcut, norm }

  let maps: tandem_maps
  var other = Other.nothing
  var rectifies = false
  /// Of the numbers, before which they are of mean 0 and deviation 1 or so.
  var mean: Float = 0
  static let epsilon: Float = 1e-3

  /// Of the first normalization, where it is alone; all maps in plain order.
  struct Results {
    var output: [Double] = []
    var moments: [Double] = []
    var inputGradient: [Double] = []
    var parameterGradients: [Double] = []
  }

  // MARK: Made-up numbers, in plain order

  private func numbers(_ count: Int, _ seed: UInt64) -> [Float] {
    var random = CounterRandom(seed: seed, purpose: .test).sequence(0)
    return (0..<count).map { _ in random.normal() }
  }

  private var pixels: Int { maps.rows * maps.columns }
  private var count: Int { maps.images * maps.channels * pixels }
  private func channel(_ index: Int) -> Int { index / pixels % maps.channels }
  private func source(_ norm: Int) -> [Float] {
    numbers(count, 10 + UInt64(norm)).enumerated().map {
      // Every channel has a mean and a deviation of its own.
      mean + Float(channel($0) % 5) + $1 * (1 + Float(channel($0) % 3))
    }
  }
  private var shortcut: [Float] { numbers(count, 20) }
  private var outputGradient: [Float] { numbers(count, 30) }
  private func weight(_ norm: Int) -> [Float] { numbers(maps.channels, 40 + UInt64(norm)) }
  private func bias(_ norm: Int) -> [Float] { numbers(maps.channels, 50 + UInt64(norm)) }

  // MARK: In the kernels' order

  /// A multiple of 64 bytes, so that kernels may write past the caches.
  private func stored(_ numbers: [Float]) -> UnsafeMutablePointer<Float> {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: (tandem_maps_count(maps) * 4 + 63) / 64 * 64, alignment: 64
    ).bindMemory(to: Float.self, capacity: tandem_maps_count(maps))
    memory.update(repeating: 0, count: tandem_maps_count(maps))
    for (index, number) in numbers.enumerated() { memory[place(index)] = number }
    return memory
  }

  private func place(_ index: Int) -> Int {
    let blocks = (maps.channels + maps.block - 1) / maps.block
    let image = index / pixels / maps.channels
    return ((image * blocks + channel(index) / maps.block) * pixels + index % pixels) * maps.block
      + channel(index) % maps.block
  }

  private func plain(_ memory: UnsafeMutablePointer<Float>) -> [Double] {
    (0..<count).map { Double(memory[place($0)]) }
  }

  private func fillsAreZero(_ memory: UnsafeMutablePointer<Float>) -> Bool {
    let own = Set((0..<count).map(place))
    return (0..<tandem_maps_count(maps)).allSatisfy { own.contains($0) || memory[$0] == 0 }
  }

  // MARK: The kernels

  /// - Parameters:
  ///   - inPlace: whether the output goes in the shortcut's place, and dx in that of dy.
  ///   - again: whether the output is that of a second call, with the statistics of the first.
  ///   - poison: replaces a number of the source.
  /// - Returns: nil where what fills blocks up did not stay zero.
  func run(inPlace: Bool = false, again: Bool = false, poison: Float? = nil) -> Results? {
    var owned: [UnsafeMutablePointer<Float>] = []
    defer { for memory in owned { memory.deallocate() } }
    func own(_ memory: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
      owned.append(memory)
      return memory
    }
    func perChannel(_ numbers: [Float]? = nil) -> UnsafeMutablePointer<Float> {
      let memory = own(.allocate(capacity: maps.channels))
      for channel in 0..<maps.channels { memory[channel] = numbers?[channel] ?? .nan }
      return memory
    }
    let norms = (0..<(other == .norm ? 2 : 1)).map { index in
      var numbers = source(index)
      if let poison, index == 0 { numbers[pixels / 2] = poison }
      return tandem_fused_norm(
        source: own(stored(numbers)), weight: perChannel(weight(index)),
        bias: perChannel(bias(index)), epsilon: Self.epsilon, mean: perChannel(),
        variance: perChannel(), scale: perChannel(), shift: perChannel())
    }
    let shortcut = other == .shortcut ? own(stored(self.shortcut)) : nil
    let output = (inPlace ? shortcut : nil) ?? own(stored([]))
    tandem_fused_norm_forward(norms, norms.count, shortcut, output, maps, rectifies, false)
    if again {
      output.update(repeating: .nan, count: tandem_maps_count(maps))
      tandem_fused_norm_forward(norms, norms.count, shortcut, output, maps, rectifies, true)
    }
    let gradient = own(stored(outputGradient))
    let inputGradient = inPlace ? gradient : own(stored([]))
    let (weightGradient, biasGradient) = (perChannel(), perChannel())
    tandem_fused_norm_backward(
      norms, gradient, inputGradient, weightGradient, biasGradient, maps,
      rectifies && other == .nothing)
    func values(_ memory: UnsafeMutablePointer<Float>) -> [Double] {
      (0..<maps.channels).map { Double(memory[$0]) }
    }
    guard fillsAreZero(output), fillsAreZero(inputGradient) else { return nil }
    return Results(
      output: plain(output),
      moments: norms.flatMap { values($0.mean) + values($0.variance) },
      inputGradient: plain(inputGradient),
      parameterGradients: values(weightGradient) + values(biasGradient))
  }

  // MARK: Plain loops

  /// - Parameter positive: the output that tells where a ReLU was positive.
  func reference(positive: [Double]) -> Results {
    var results = Results(
      output: Array(repeating: 0, count: count), moments: [],
      inputGradient: Array(repeating: 0, count: count), parameterGradients: [])
    let dy = outputGradient.map(Double.init)
    let members = (0..<maps.channels).map { channel in
      (0..<count).filter { self.channel($0) == channel }
    }
    for norm in 0..<(other == .norm ? 2 : 1) {
      let x = source(norm).map(Double.init)
      let (weight, bias) = (weight(norm), bias(norm))
      var means: [Double] = []
      var variances: [Double] = []
      var gradients = (weight: [Double](), bias: [Double]())
      for (channel, indices) in members.enumerated() {
        let size = Double(indices.count)
        let mean = indices.reduce(0) { $0 + x[$1] } / size
        let variance = indices.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / size
        let deviation = (variance + Double(Self.epsilon)).squareRoot()
        let factor = Double(weight[channel])
        means.append(mean)
        variances.append(variance)
        for index in indices {
          results.output[index] += (x[index] - mean) / deviation * factor + Double(bias[channel])
        }
        func gradient(_ index: Int) -> Double {
          rectifies && other == .nothing && positive[index] <= 0 ? 0 : dy[index]
        }
        let sum = indices.reduce(0) { $0 + gradient($1) }
        let product = indices.reduce(0) { $0 + gradient($1) * (x[$1] - mean) / deviation }
        gradients.weight.append(product)
        gradients.bias.append(sum)
        for index in indices where norm == 0 {
          results.inputGradient[index] =
            factor / deviation
            * (gradient(index) - sum / size - (x[index] - mean) / deviation * product / size)
        }
      }
      results.moments += means + variances
      if norm == 0 { results.parameterGradients = gradients.weight + gradients.bias }
    }
    if other == .shortcut {
      results.output = zip(results.output, shortcut).map { $0 + Double($1) }
    }
    if rectifies { results.output = results.output.map { max($0, 0) } }
    return results
  }

  /// Where results differ by more than float32's errors, which grow with the mean.
  static func problems(_ results: Results, _ expected: Results, tolerance: Double) -> [String] {
    [
      ("output", \Results.output), ("moments", \.moments), ("input gradient", \.inputGradient),
      ("parameter gradients", \.parameterGradients),
    ].compactMap { name, path in
      let (values, wanted) = (results[keyPath: path], expected[keyPath: path])
      let largest = wanted.map(abs).max() ?? 0
      let worst = zip(values, wanted).map { abs($0 - $1) }.max() ?? .infinity
      let isRight =
        values.count == wanted.count && values.allSatisfy(\.isFinite)
        && worst <= tolerance * largest
      return isRight ? nil : "\(name): off by \(worst) of \(largest)"
    }
  }
}

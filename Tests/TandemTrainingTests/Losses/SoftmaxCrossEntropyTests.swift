import Foundation
import TandemTraining
import Testing

@Suite struct SoftmaxCrossEntropyTests {
  /// Loss and gradient of `[labels.count, classes]` logits.
  static func evaluate(
    _ logits: [Float], labels: [Int32], labelSmoothing: Float = 0, scale: Float = 1
  ) throws -> (sum: LossSum, gradient: [Float]) {
    var gradient = Array(repeating: Float.nan, count: logits.count)
    let sum = try SoftmaxCrossEntropy(labelSmoothing: labelSmoothing).evaluate(
      logits: logits, labels: labels, images: labels.count, classes: logits.count / labels.count,
      gradient: &gradient, scale: scale)
    return (sum, gradient)
  }

  @Test func equalLogits() throws {
    let (sum, gradient) = try Self.evaluate([2, 2, 2, 2], labels: [1])
    #expect(abs(sum.loss - log(4)) < 1e-7)
    #expect(gradient == [0.25, -0.75, 0.25, 0.25])
  }

  @Test func probabilitiesByHand() throws {
    // exp of the logits: 1, 2, 5 → probabilities 1/8, 2/8, 5/8
    let logits = [Float(0), Float(log(2.0)), Float(log(5.0))]
    let (sum, gradient) = try Self.evaluate(logits, labels: [2], scale: 2)
    #expect(abs(sum.loss - log(8.0 / 5)) < 1e-6)
    for (actual, expected) in zip(gradient, [0.25, 0.5, -0.75]) {
      #expect(abs(Double(actual) - expected) < 1e-6)
    }
  }

  /// Loss and gradient in double precision; the numbers come from Tests/Fixtures/pytorch/losses.py.
  @Test func pyTorch() throws {
    struct Golden: Decodable {
      let logits: [Float]
      let labels: [Int32]
      let cases: [Case]
      struct Case: Decodable {
        let labelSmoothing: Float
        let meanLoss: Double
        let gradient: [Double]
      }
    }
    let golden = try PyTorchFixture.read("losses", as: Golden.self)
    #expect(golden.cases.count == 4)
    for example in golden.cases {
      let (sum, gradient) = try Self.evaluate(
        golden.logits, labels: golden.labels, labelSmoothing: example.labelSmoothing,
        scale: 1 / Float(golden.labels.count))
      #expect(abs(sum.meanLoss - example.meanLoss) < 1e-6 * example.meanLoss)
      #expect(worstDifference(gradient.map(Double.init), example.gradient) < 1e-7)
    }
  }

  /// The gradient is the derivative of the loss that the same call returns.
  @Test(arguments: [0, 0.3])
  func finiteDifferences(labelSmoothing: Float) throws {
    let logits: [Float] = [0.5, -1, 2, 0.25, 1.5, -0.75]
    let labels: [Int32] = [2, 0]
    let (_, gradient) = try Self.evaluate(logits, labels: labels, labelSmoothing: labelSmoothing)
    for index in logits.indices {
      let losses = try [-1, 1].map { sign in
        var moved = logits
        moved[index] += Float(sign) * 0x1p-7
        return try Self.evaluate(moved, labels: labels, labelSmoothing: labelSmoothing).sum.loss
      }
      #expect(abs((losses[1] - losses[0]) * 64 - Double(gradient[index])) < 1e-4)
    }
  }

  @Test func hugeLogitsDoNotOverflow() throws {
    let (sum, gradient) = try Self.evaluate([3e38, 0, -3e38], labels: [0])
    #expect(sum.loss == 0)
    #expect(gradient == [0, 0, 0])
    let wrong = try Self.evaluate([1000, 0], labels: [1])
    #expect(wrong.sum.loss == 1000)
    #expect(wrong.gradient == [1, -1])
  }

  @Test func anImpossibleOtherClassCostsNothing() throws {
    let (sum, gradient) = try Self.evaluate([0, -.infinity], labels: [0])
    #expect(sum == LossSum(loss: 0, top1: 1, top5: 1, images: 1))
    #expect(gradient == [0, 0])
  }

  @Test func theGradientMayBeLeftOut() throws {
    let logits: [Float] = [1, 2, 3, 3, 2, 1]
    let labels: [Int32] = [0, 0]
    let loss = try SoftmaxCrossEntropy(labelSmoothing: 0.1)
    #expect(
      loss.evaluate(logits: logits, labels: labels, images: 2, classes: 3)
        == (try Self.evaluate(logits, labels: labels, labelSmoothing: 0.1).sum))
  }

  @Test func topOneAndTopFive() throws {
    let ascending: [Float] = [0, 1, 2, 3, 4, 5, 6]
    for label in 0..<7 {
      let sum = try Self.evaluate(ascending, labels: [Int32(label)]).sum
      #expect(sum.top1 == (label == 6 ? 1 : 0))
      #expect(sum.top5 == (label >= 2 ? 1 : 0))
      #expect(sum.images == 1)
    }
  }

  @Test func amongEqualsTheLowerClassRanksFirst() throws {
    for label in 0..<7 {
      let sum = try Self.evaluate(Array(repeating: 1, count: 7), labels: [Int32(label)]).sum
      #expect(sum.top1 == (label == 0 ? 1 : 0))
      #expect(sum.top5 == (label < 5 ? 1 : 0))
    }
  }

  @Test(arguments: [0, 1])
  func aSoftmaxThatIsNoNumberIsWrong(label: Int32) throws {
    for bad: (Float, Float) in [(.nan, 1), (.infinity, 1), (-.infinity, -.infinity)] {
      let (sum, gradient) = try Self.evaluate([bad.0, bad.1, 1, 0], labels: [label, 0])
      #expect(sum.loss.isNaN)
      #expect(sum.top1 == 1)
      #expect(sum.top5 == 1)
      #expect(gradient[0].isNaN)
      #expect(gradient[2].isFinite && gradient[3].isFinite)
    }
  }

  @Test func predictedClass() {
    func predicted(_ logits: [Float]) -> Int? {
      logits.withUnsafeBufferPointer { SoftmaxCrossEntropy.predictedClass(logits: $0) }
    }
    #expect(predicted([1, 3, 2]) == 1)
    #expect(predicted([1, 3, 3]) == 1)
    #expect(predicted([-.infinity, -.infinity]) == nil)
    #expect(predicted([-.infinity, 0]) == 1)
    #expect(predicted([1, .nan]) == nil)
    #expect(predicted([.nan, 1]) == nil)
    #expect(predicted([.infinity, 1]) == nil)
    #expect(predicted([]) == nil)
  }

  @Test(arguments: [-0.1, 1.1, Float.nan])
  func labelSmoothingOutOfRange(value: Float) {
    let error = #expect(throws: LossError.self) { try SoftmaxCrossEntropy(labelSmoothing: value) }
    #expect(
      error?.description == "`labelSmoothing` \(value) is out of range: it must be from 0 to 1")
  }
}

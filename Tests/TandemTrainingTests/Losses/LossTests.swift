import Foundation
import TandemTraining
import Testing

/// The losses beside the cross-entropy; `ParityTests` compare them with PyTorch in whole networks.
@Suite struct LossTests {
  static func evaluate(
    _ kind: Loss.Kind, _ outputs: [Float], labels: [Int32], scale: Float = 1
  ) throws -> (sum: LossSum, gradient: [Float]) {
    var gradient = Array(repeating: Float.nan, count: outputs.count)
    let sum = try Loss(kind).evaluate(
      logits: outputs, labels: labels, images: labels.count,
      outputs: outputs.count / labels.count, gradient: &gradient, scale: scale)
    return (sum, gradient)
  }

  @Test func binaryCrossEntropyByHand() throws {
    // Sigmoids 1/2 and 3/4 with the targets 0 and 1, the mean over both outputs.
    let (sum, gradient) = try Self.evaluate(
      .binaryCrossEntropy, [0, Float(log(3.0))], labels: [1], scale: 4)
    let expected = (log(2.0) + log(4.0 / 3)) / 2
    #expect(abs(sum.loss - expected) < 1e-7)
    #expect(abs(gradient[0] - 1) < 1e-6)
    #expect(abs(gradient[1] + 0.5) < 1e-6)
    #expect(sum.top1 == 1)
  }

  @Test func binaryCrossEntropyOfLargeLogitsDoesNotOverflow() throws {
    let (sum, gradient) = try Self.evaluate(.binaryCrossEntropy, [1e4, -1e4], labels: [1])
    #expect(sum.loss == 1e4)
    #expect(gradient == [0.5, -0.5])
    #expect(sum.top1 == 0)
  }

  @Test func oneOutputTellsTwoClassesApart() throws {
    let (binary, _) = try Self.evaluate(.binaryCrossEntropy, [2, -2, 2, -2], labels: [1, 0, 0, 1])
    #expect(binary.top1 == 2)
    #expect(binary.top5 == 4)
    let right = log(1 + exp(-2.0))
    let wrong = log(1 + exp(2.0))
    #expect(abs(binary.loss - 2 * right - 2 * wrong) < 1e-6)
    let (squared, gradient) = try Self.evaluate(.meanSquaredError, [0.75, 0.25], labels: [1, 1])
    #expect(squared.top1 == 1)
    #expect(squared.loss == 0.625)
    #expect(gradient == [-0.5, -1.5])
  }

  @Test func meanSquaredErrorByHand() throws {
    let (sum, gradient) = try Self.evaluate(
      .meanSquaredError, [0.5, 0, -1, 3], labels: [0, 1], scale: 0.5)
    #expect(sum.loss == 2.625)  // (0.25 + 0) / 2 + (1 + 4) / 2
    #expect(gradient == [-0.25, 0, -0.5, 1])
    #expect(sum.top1 == 2)
  }

  /// Penalties 0 and log 2, and rubbish far away: y + log(1 + 1/2).
  @Test func radialBasisByHand() throws {
    let (sum, gradient) = try Self.evaluate(
      .radialBasis, [0, Float(-log(2.0))], labels: [1])
    let rubbish = exp(-Double(RadialBasisLoss().rubbish))
    let expected = log(2.0) + log(1.5 + rubbish)
    #expect(abs(sum.loss - expected) < 1e-6)
    let probabilities = [1 / (1.5 + rubbish), 0.5 / (1.5 + rubbish)]
    #expect(abs(Double(gradient[0]) - probabilities[0]) < 1e-6)
    #expect(abs(Double(gradient[1]) - probabilities[1] + 1) < 1e-6)
    #expect(sum.top1 == 0)
  }

  /// Penalties beyond that of rubbish are not pushed farther away.
  @Test func radialBasisLeavesLargePenaltiesAlone() throws {
    let (_, gradient) = try Self.evaluate(.radialBasis, [-1, -60], labels: [0])
    #expect(gradient[1] < 1e-20)
    #expect(gradient[0] < 0)
  }

  /// The gradient is the derivative of the loss that the same call returns.
  @Test(arguments: Loss.Kind.allCases)
  func finiteDifferences(kind: Loss.Kind) throws {
    let outputs: [Float] = [0.5, -1, 2, 0.25, 1.5, -0.75]
    let labels: [Int32] = [2, 0]
    let gradient = try Self.evaluate(kind, outputs, labels: labels).gradient
    for index in outputs.indices {
      func loss(_ change: Float) throws -> Double {
        var moved = outputs
        moved[index] += change
        return try Self.evaluate(kind, moved, labels: labels).sum.loss
      }
      let step: Float = 0x1p-8
      let difference = try (loss(step) - loss(-step)) / Double(2 * step)
      #expect(abs(difference - Double(gradient[index])) < 1e-4)
    }
  }

  @Test(arguments: Loss.Kind.allCases)
  func notANumberStaysOne(kind: Loss.Kind) throws {
    let (sum, _) = try Self.evaluate(kind, [0, .nan, 1], labels: [0])
    #expect(sum.loss.isNaN)
    #expect(sum.top1 == 0)
  }

  @Test func labelSmoothingBelongsToTheCrossEntropy() throws {
    #expect(throws: LossError.noLabelSmoothing(.meanSquaredError)) {
      try Loss(.meanSquaredError, labelSmoothing: 0.1)
    }
    #expect(
      LossError.noLabelSmoothing(.meanSquaredError).description
        == "`labelSmoothing` belongs to the cross-entropy; leave it out for `loss` mse")
  }
}

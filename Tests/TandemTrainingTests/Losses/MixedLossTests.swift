import Foundation
import TandemData
import TandemTensor
import TandemTraining
import Testing

/// The losses of images that were mixed with others.
@Suite("Losses of mixed labels")
struct MixedLossTests {
  private static let images = 5
  private static let outputs = 4

  private struct Result {
    var sum = LossSum()
    var gradient = [Float](repeating: .nan, count: images * outputs)
  }

  private let own: [Int32] = [0, 1, 2, 3, 1]
  private let second: [Int32] = [1, 1, 0, 2, 3]
  private let shares: [Float] = [0.25, 0.5, 0, 1, 0.75]

  private var logits: [Float] {
    var random = CounterRandom(seed: 2, purpose: .test).sequence(0)
    return (0..<Self.images * Self.outputs).map { _ in 2 * random.normal() }
  }

  private func evaluate(_ loss: Loss, _ logits: [Float], scale: Float = 1) -> Result {
    var result = Result()
    own.withUnsafeBufferPointer { own in
      second.withUnsafeBufferPointer { second in
        shares.withUnsafeBufferPointer { shares in
          guard let own = own.baseAddress, let labels = second.baseAddress,
            let shares = shares.baseAddress
          else { return }
          result.sum = loss.evaluate(
            logits: logits,
            labels: BatchLabels(own: own, second: SecondLabels(labels: labels, shares: shares)),
            images: Self.images, outputs: Self.outputs, gradient: &result.gradient, scale: scale)
        }
      }
    }
    return result
  }

  private static func losses() throws -> [Loss] {
    try [
      Loss(.crossEntropy), Loss(.crossEntropy, labelSmoothing: 0.1), Loss(.binaryCrossEntropy),
      Loss(.meanSquaredError),
    ]
  }

  @Test("the gradient is that of finite differences, for every loss")
  func gradients() throws {
    for loss in try Self.losses() {
      let logits = logits
      let found = evaluate(loss, logits, scale: 0.5)
      for index in logits.indices {
        var (above, below) = (logits, logits)
        above[index] += 0.01
        below[index] -= 0.01
        let slope =
          (evaluate(loss, above).sum.loss - evaluate(loss, below).sum.loss)
          / Double(above[index] - below[index])
        #expect(abs(Double(found.gradient[index]) - 0.5 * slope) < 1e-3, "\(loss.kind) \(index)")
      }
      #expect(found.gradient.contains { abs($0) > 0.01 })
    }
  }

  @Test("the cross-entropy is that of soft labels")
  func softLabels() throws {
    let logits = logits
    let found = evaluate(try Loss(.crossEntropy), logits)
    var expected = 0.0
    for image in 0..<Self.images {
      let row = logits[image * Self.outputs..<(image + 1) * Self.outputs].map { Double($0) }
      let total = row.map { exp($0) }.reduce(0, +)
      var target = [Double](repeating: 0, count: Self.outputs)
      target[Int(own[image])] += Double(1 - shares[image])
      target[Int(second[image])] += Double(shares[image])
      for output in 0..<Self.outputs {
        let probability = exp(row[output]) / total
        expected -= target[output] * log(probability)
        let gradient = found.gradient[image * Self.outputs + output]
        #expect(abs(Double(gradient) - (probability - target[output])) < 1e-5)
      }
    }
    #expect(abs(found.sum.loss - expected) < 1e-4)
    #expect(found.sum.images == Self.images)
  }

  @Test("hits count by the label with the larger share")
  func hits() throws {
    var logits = [Float](repeating: 0, count: Self.images * Self.outputs)
    // The own label wins at equal shares.
    for (image, label) in [0, 1, 2, 2, 3].enumerated() { logits[image * Self.outputs + label] = 3 }
    #expect(evaluate(try Loss(.crossEntropy), logits).sum.top1 == 5)
    logits[4 * Self.outputs + 1] = 5
    #expect(evaluate(try Loss(.crossEntropy), logits).sum.top1 == 4)
  }
}

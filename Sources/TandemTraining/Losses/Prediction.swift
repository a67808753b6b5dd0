import Foundation

// What the outputs of a network say, by the loss that it was trained with. The classes are those
// that the loss counts as hits.

extension Loss.Kind {
  /// The class that one image's outputs stand for: that of the largest output, the lowest among
  /// equals. A single output stands for class 1 beyond the middle between its two targets, which is
  /// 0 for the binary cross-entropy and 0.5 for the mean squared error, and for class 0 up to it.
  /// - Returns: nil if the outputs are not finite numbers.
  package func predictedClass(outputs: UnsafeBufferPointer<Float>) -> Int? {
    guard outputs.count == 1, let middle else {
      return SoftmaxCrossEntropy.predictedClass(logits: outputs)
    }
    return outputs[0].isFinite ? (outputs[0] > middle ? 1 : 0) : nil
  }

  /// The probabilities that one image's outputs stand for: their softmax, or for the binary
  /// cross-entropy the sigmoid of each (of a single output that of class 1). For radial basis units
  /// the class "rubbish" of their loss is left aside.
  /// - Returns: nil for the mean squared error and losses of programs, whose outputs are no logits.
  package func probabilities(outputs: UnsafeBufferPointer<Float>) -> [Float]? {
    switch self {
    case .crossEntropy, .radialBasis:
      // The largest is taken off first, so that nothing overflows.
      let largest = outputs.max() ?? 0
      let powers = outputs.map { exp(Double($0 - largest)) }
      let sum = powers.reduce(0, +)
      return powers.map { Float($0 / sum) }
    case .binaryCrossEntropy:
      return outputs.map { Float(1 / (1 + exp(-Double($0)))) }
    case .meanSquaredError, .own:
      return nil
    }
  }

  /// The middle of the two targets of a single output; nil for losses in which outputs have no
  /// targets of their own.
  private var middle: Float? {
    switch self {
    case .crossEntropy, .radialBasis: nil
    case .binaryCrossEntropy, .own: 0
    case .meanSquaredError: 0.5
    }
  }
}

/// What a network says of one labelled image.
package struct EvaluatedImage: Hashable, Sendable {
  package let label: Int
  /// The class that the outputs stand for.
  package let predicted: Int
  /// How many outputs come before the label's; 0 for a hit. Among equals the lower class is first.
  package let labelRank: Int
  /// The probability of the predicted class; nil where outputs are no probabilities.
  package let confidence: Float?
  /// The probability of the label.
  package let labelProbability: Float?
  /// In nats for losses with probabilities.
  package let loss: Double

  package init(
    label: Int, predicted: Int, labelRank: Int, confidence: Float?, labelProbability: Float?,
    loss: Double
  ) {
    self.label = label
    self.predicted = predicted
    self.labelRank = labelRank
    self.confidence = confidence
    self.labelProbability = labelProbability
    self.loss = loss
  }

  package var isHit: Bool { labelRank == 0 }

  /// - Parameters:
  ///   - outputs: of the image, before a softmax where the loss computes one.
  ///   - loss: the image's.
  init(outputs: UnsafeBufferPointer<Float>, label: Int, loss: Double, of kind: Loss.Kind) {
    // Where nothing is predicted the loss is no number, which ends the evaluation.
    let predicted = kind.predictedClass(outputs: outputs) ?? 0
    let probabilities = kind.probabilities(outputs: outputs)
    self.label = label
    self.predicted = predicted
    self.loss = loss
    guard outputs.count > 1 else {
      labelRank = predicted == label ? 0 : 1
      // Of the two classes that the single output tells apart.
      func probability(_ other: Int) -> Float? {
        probabilities.map { other == 1 ? $0[0] : 1 - $0[0] }
      }
      confidence = probability(predicted)
      labelProbability = probability(label)
      return
    }
    let own = outputs[label]
    labelRank = outputs.indices.count { outputs[$0] > own || outputs[$0] == own && $0 < label }
    confidence = probabilities?[predicted]
    labelProbability = probabilities?[label]
  }
}

// MARK: - On the way to other ranks

extension EvaluatedImage {
  static let wordCount = 4

  var words: [UInt64] {
    func pair(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(low) | UInt64(high) << 32 }
    func bits(_ probability: Float?) -> UInt32 { (probability ?? .nan).bitPattern }
    return [
      pair(UInt32(label), UInt32(predicted)), UInt64(labelRank),
      pair(bits(confidence), bits(labelProbability)), loss.bitPattern,
    ]
  }

  init(words: ArraySlice<UInt64>) {
    let words = Array(words)
    func halves(_ word: UInt64) -> (UInt32, UInt32) {
      (UInt32(truncatingIfNeeded: word), UInt32(truncatingIfNeeded: word >> 32))
    }
    func probability(_ bits: UInt32) -> Float? {
      let value = Float(bitPattern: bits)
      return value.isNaN ? nil : value
    }
    let (label, predicted) = halves(words[0])
    let (confidence, labelProbability) = halves(words[2])
    self.label = Int(label)
    self.predicted = Int(predicted)
    labelRank = Int(clamping: words[1])
    self.confidence = probability(confidence)
    self.labelProbability = probability(labelProbability)
    loss = Double(bitPattern: words[3])
  }
}

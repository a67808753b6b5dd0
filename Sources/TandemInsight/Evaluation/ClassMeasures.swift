/// How well the images of one class are told from all others.
package struct ClassMeasures: Hashable, Sendable {
  package let name: String
  /// Images of the class.
  package let images: Int
  /// Images that were taken for the class.
  package let predicted: Int
  /// Images that are both.
  package let correct: Int

  /// The share of those taken for the class that are of it; nil if there are none.
  package var precision: Double? { ratio(correct, predicted) }

  /// The share of the class's images that were taken for it; nil if there are none.
  package var recall: Double? { ratio(correct, images) }

  /// The harmonic mean of precision and recall, 2·correct / (images + predicted); nil for a class
  /// without images that nothing was taken for.
  package var f1: Double? { ratio(2 * correct, images + predicted) }

  package var precisionInterval: ConfidenceInterval? { .wilson(hits: correct, of: predicted) }
  package var recallInterval: ConfidenceInterval? { .wilson(hits: correct, of: images) }
  package var f1Interval: ConfidenceInterval? {
    .f1(hits: correct, of: images + predicted - correct)
  }

  /// Whether the class occurs, among the labels or among what was predicted.
  var occurs: Bool { images + predicted > 0 }

  private func ratio(_ part: Int, _ whole: Int) -> Double? {
    whole == 0 ? nil : Double(part) / Double(whole)
  }
}

extension ClassMeasures: Encodable {
  private enum CodingKeys: CodingKey {
    case name, images, predicted, correct, accuracy, precision, precisionInterval, recall
    case recallInterval, f1, f1Interval
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(images, forKey: .images)
    try container.encode(predicted, forKey: .predicted)
    try container.encode(correct, forKey: .correct)
    // What the recall of a class is called where the accuracy of each class is meant.
    try container.encodeIfPresent(recall, forKey: .accuracy)
    try container.encodeIfPresent(precision, forKey: .precision)
    try container.encodeIfPresent(precisionInterval, forKey: .precisionInterval)
    try container.encodeIfPresent(recall, forKey: .recall)
    try container.encodeIfPresent(recallInterval, forKey: .recallInterval)
    try container.encodeIfPresent(f1, forKey: .f1)
    try container.encodeIfPresent(f1Interval, forKey: .f1Interval)
  }
}

import TandemTraining

/// How many images of one class were taken for another, or for what they are.
package struct Confusion: Hashable, Sendable {
  /// Numbers of classes.
  package let label: Int
  package let predicted: Int
  package let images: Int

  package var isHit: Bool { label == predicted }

  /// All that occur, by label and then by what was predicted.
  static func all(_ images: [EvaluatedImage]) -> [Confusion] {
    var counts: [[Int]: Int] = [:]
    for image in images { counts[[image.label, image.predicted], default: 0] += 1 }
    return counts.map { Confusion(label: $0[0], predicted: $0[1], images: $1) }
      .sorted { ($0.label, $0.predicted) < ($1.label, $1.predicted) }
  }
}

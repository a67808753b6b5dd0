import TandemTraining

/// What an evaluation shows beyond its loss: a pure function of what became of each image, so it is
/// the same for any number of workers and ranks.
package struct EvaluationAnalysis: Sendable {
  package let top1Interval: ConfidenceInterval?
  /// All classes, and outputs beyond them that some image was taken for.
  package let perClass: [ClassMeasures]
  package let macro: MeanMeasures
  package let weighted: MeanMeasures
  /// Those that occur.
  package let confusions: [Confusion]
  /// nil for networks whose outputs are no probabilities.
  package let calibration: Calibration?
  private let images: [EvaluatedImage]
  private let classNames: [String]

  /// - Parameters:
  ///   - images: at least one.
  ///   - classNames: by label; a network may have more outputs than there are classes.
  package init(_ images: [EvaluatedImage], classNames: [String]) {
    precondition(!images.isEmpty, "images were evaluated")
    self.images = images
    self.classNames = classNames
    let count = max(classNames.count, (images.map(\.predicted).max() ?? 0) + 1)
    var labels = [Int](repeating: 0, count: count)
    var predicted = labels
    var correct = labels
    for image in images {
      labels[image.label] += 1
      predicted[image.predicted] += 1
      if image.isHit { correct[image.label] += 1 }
    }
    perClass = (0..<count).map { label in
      ClassMeasures(
        name: Self.name(label, classNames), images: labels[label], predicted: predicted[label],
        correct: correct[label])
    }.enumerated().filter { $0 < classNames.count || $1.occurs }.map { $0.element }
    top1Interval = .wilson(hits: correct.reduce(0, +), of: images.count)
    macro = .macro(perClass)
    weighted = .weighted(perClass)
    confusions = Confusion.all(images)
    calibration = Calibration(images)
  }

  /// What a class is called, by its number.
  package func name(_ label: Int) -> String { Self.name(label, classNames) }

  private static func name(_ label: Int, _ names: [String]) -> String {
    label < names.count ? names[label] : "output \(label)"
  }

  /// The share of the images whose label is among the `count` largest outputs.
  package func topAccuracy(_ count: Int) -> Double {
    Double(images.count { $0.labelRank < count }) / Double(images.count)
  }

  /// Numbers of the images with the largest losses, the largest first; among equals the first.
  package func topLosses(_ count: Int) -> [Int] {
    let order = images.indices.sorted { (-images[$0].loss, $0) < (-images[$1].loss, $1) }
    return Array(order.prefix(count))
  }

  /// Mistakes, the most frequent first, then by label.
  package var worstConfusions: [Confusion] {
    confusions.filter { !$0.isHit }
      .sorted { (-$0.images, $0.label, $0.predicted) < (-$1.images, $1.label, $1.predicted) }
  }
}

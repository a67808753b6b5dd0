/// Means over classes. Precision, recall and F1 that a class does not have count as 0, and classes
/// that do not occur at all are left out, as in scikit-learn's `precision_recall_fscore_support`.
package struct MeanMeasures: Hashable, Encodable, Sendable {
  package let precision: Double
  package let recall: Double
  package let f1: Double

  /// - Parameter weight: of a class; the weights must not all be 0.
  private init(of classes: [ClassMeasures], weight: (ClassMeasures) -> Double) {
    let total = classes.map(weight).reduce(0, +)
    func mean(_ value: (ClassMeasures) -> Double?) -> Double {
      classes.map { weight($0) * (value($0) ?? 0) }.reduce(0, +) / total
    }
    precision = mean(\.precision)
    recall = mean(\.recall)
    f1 = mean(\.f1)
  }

  /// The same weight for each class that occurs.
  static func macro(_ classes: [ClassMeasures]) -> MeanMeasures {
    MeanMeasures(of: classes.filter(\.occurs)) { _ in 1 }
  }

  /// Each class by its number of images.
  static func weighted(_ classes: [ClassMeasures]) -> MeanMeasures {
    MeanMeasures(of: classes.filter(\.occurs)) { Double($0.images) }
  }
}

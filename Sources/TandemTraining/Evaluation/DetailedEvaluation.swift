/// How well a network does on a data set, and on each of its images.
package struct DetailedEvaluation: Hashable, Sendable {
  package let result: EvaluationResult
  /// In the order of the data set.
  package let images: [EvaluatedImage]
}

import TandemInsight

/// What a run's folder tells, as far as it goes.
package struct FolderFacts: Sendable {
  /// An epoch that is complete; what was not measured is nil.
  package struct Epoch: Hashable, Sendable {
    package var epoch: Int
    package var step: Int
    package var trainLoss: Double?
    package var trainTop1: Double?
    package var testLoss: Double?
    package var testTop1: Double?
    package var imagesPerSecond: Double?
    package var learningRate: Double?

    package init(epoch: Int, step: Int) {
      self.epoch = epoch
      self.step = step
    }

    var json: String {
      JSONText.array(
        ["\(epoch)", "\(step)"]
          + [
            trainLoss, trainTop1, testLoss, testTop1, imagesPerSecond, learningRate,
          ].map { JSONText.number($0) })
    }
  }

  package var network = "a run"
  package var dataset = ""
  /// What the run is, in a line.
  package var words = ""
  package var epochs: [Epoch] = []
  package var epochsAsked: Int?
  /// How it ended, or that nothing is known of an end.
  package var ending: String?
  package var changes: [String] = []
  /// What is not there or not understood, in sentences.
  package var problems: [String] = []
  /// Of the layers over steps; nil where they were not measured.
  package var layers: LayerCurves?
  /// The file of the run's steps; nil where it has none.
  package var stepLog: String?

  package init() {}
}

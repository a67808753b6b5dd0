import TandemNetwork

/// What steps of a network would take with each parallelism, as far as it is possible.
package struct PlanReport: Encodable {
  package let model: String
  package let mesh: Mesh
  package let link: NetworkLink
  package let batchSize: Int
  /// The pieces of hybrid parallelism.
  package let pieces: Int
  /// The numbers of images for which layers were timed on this machine, with one worker.
  package let measuredImages: [Int]
  package let outcomes: [Outcome]
  /// The parallelism whose step is the shortest.
  package let fastest: Parallelism?
  /// Whether each layer has weights.
  package let hasWeights: [Bool]

  /// A prediction, or why there is none.
  package struct Outcome: Encodable {
    package let parallelism: Parallelism
    package let refusal: String?
    package let prediction: StepPrediction?
  }

  private enum CodingKeys: CodingKey {
    case model, mesh, link, batchSize, pieces, measuredImages, outcomes, fastest
  }

  init(
    model: String, mesh: Mesh, link: NetworkLink, batchSize: Int, pieces: Int,
    measuredImages: [Int], outcomes: [Outcome], hasWeights: [Bool]
  ) {
    self.model = model
    self.mesh = mesh
    self.link = link
    self.batchSize = batchSize
    self.pieces = pieces
    self.measuredImages = measuredImages
    self.outcomes = outcomes
    self.hasWeights = hasWeights
    let predicted = outcomes.compactMap { outcome in
      outcome.prediction.map { (outcome.parallelism, $0.seconds) }
    }
    fastest = predicted.min { $0.1 < $1.1 }?.0
  }
}

import TandemCollectives
import TandemTensor

// The averages of weights that a run keeps beside them: one follows each step (`TrainingMemory`
// has it), the other is the mean of the last epochs' weights.

extension TrainingRun {
  /// Makes the memory for the mean of the last epochs' weights, if there is to be one, and gets
  /// what a resumed run has of it already from its checkpoint.
  /// - Throws: `TrainingError`, `MemoryError`, `JobError`.
  static func makeMean(_ trainer: Trainer) throws -> ParameterAverage? {
    guard let last = trainer.options.averageLast else { return nil }
    let layout = trainer.graph.parameterLayout
    let mean = try ParameterAverage(layout, purpose: "mean of parameters")
    let first = firstAveraged(last, of: trainer.options)
    guard let resumed = trainer.resumePoint?.progress, resumed.epoch >= first else { return mean }
    guard resumed.averagedFrom == first else {
      throw TrainingError.invalidOption(
        "averageLast", value: "\(last)",
        remedy: "the weights of epoch \(first) are gone: use "
          + "\(trainer.options.epochs - resumed.epoch) or less")
    }
    try trainer.job.onFirstRank("reading the mean of weights") {
      try trainer.checkpoint?.loadPart(
        CheckpointFolder.averageName, into: mean.arena, graph: trainer.graph,
        network: trainer.network)
    }
    try trainer.job.broadcast("sending the mean of weights", mean.arena)
    return mean
  }

  private static func firstAveraged(_ last: Int, of options: TrainingOptions) -> Int {
    options.epochs - last + 1
  }

  /// Takes the weights after an epoch into the mean, if it is one of the last ones.
  func addToMean(_ progress: inout TrainingProgress) {
    guard let mean, let last = options.averageLast else { return }
    let first = Self.firstAveraged(last, of: options)
    guard progress.epoch >= first else { return }
    mean.add(trainer.parameterArena, count: progress.epoch - first + 1)
    progress.averagedFrom = first
  }

  /// Gives all ranks the slices of the average that their owners keep up to date in steps.
  func gatherAverage() throws {
    guard trainer.job.size > 1, let average = memory.average else { return }
    let parts = steps.exchange.stateParts
    try trainer.job.perform("gathering averaged weights") { communicator in
      for parts in parts { try communicator.allGather(average.arena.floats(), parts: parts) }
    }
  }

  /// Evaluates averaged weights, which are in the place of the weights for so long.
  func evaluate(_ average: ParameterAverage) throws -> EvaluationResult {
    try exchangeWeights(with: average)
    let result = Result { try trainer.evaluate(trainer.data.test) }
    // A rank that has failed ends the job.
    if case .failure(let error) = result, trainer.job.size > 1 { throw error }
    try exchangeWeights(with: average)
    return try result.get()
  }

  private func exchangeWeights(with average: ParameterAverage) throws {
    let parameters = trainer.parameterArena
    guard trainer.sharedArenas != nil else { return average.swap(parameters) }
    // There is one place for the weights of all ranks.
    try trainer.job.onFirstRank("exchanging weights and their average") {
      average.swap(parameters)
    }
  }
}

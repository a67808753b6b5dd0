import TandemNetwork
import TandemTensor

// What a run would take, before it does.

extension Trainer {
  /// Sets a run up without its memory, and says how much it is. All ranks of the job call it; the
  /// trainer has to be another one than the one that trains.
  ///
  /// - Throws: what setting up throws.
  package func countMemory() throws -> MemoryCount {
    let (run, count) = try MemoryArena.counting { try TrainingRun(self) }
    return withExtendedLifetime(run) { count }
  }

  /// Bytes of all weights.
  package var weightBytes: Int { graph.parameterLayout.elementCount * MemoryLayout<Float>.size }

  /// Bytes of a checkpoint's tensors: the weights and their averages, and the optimizer's state of
  /// what is trained.
  package var checkpointBytes: Int {
    let trained = graph.parameterLayout.trainedEntries.map(\.elementCount).reduce(0, +)
    let averages = [options.emaDecay != nil, options.averageLast != nil].count { $0 }
    return weightBytes * (1 + averages)
      + options.optimizer.stateNames.count * trained * MemoryLayout<Float>.size
  }

  /// Updates in an epoch.
  package var stepsPerEpoch: Int { layout.epochs.steps }
}

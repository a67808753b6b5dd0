import TandemCollectives
import TandemNetwork
import TandemTensor

/// What a run starts with, other than first values: the first rank reads it, the others get it.
extension Trainer {
  /// Replaces the parameters' first values.
  ///
  /// - Parameters:
  ///   - path: a safetensors file, or an output or checkpoint folder that holds one.
  ///   - isStrict: whether it must have a tensor for each parameter, and no others. If not, the
  ///     tensors that fit by name and shape are taken, other parameters keep their first values, and
  ///     `warnings` say what did not fit.
  /// - Throws: `TrainingError.weightsDoNotFit`, `FileError` or `SafeTensorsError`; `JobError`.
  public func loadWeights(_ path: String, strict isStrict: Bool = true) throws {
    try job.onFirstRank("reading the weights") {
      let loading = try ModelFile(contentsOf: path).loading(for: network)
      if isStrict {
        try loading.load(
          into: parameterArena, entries: graph.parameterLayout.entries,
          remedy: "use the network they were made with, or take those that fit with "
            + "--weights-strict off")
      } else {
        warnings += try loading.loadFitting(into: parameterArena, layout: graph.parameterLayout)
      }
    }
    try job.broadcast("sending the weights", parameterArena)
  }

  /// Lets `run` continue from a checkpoint, exactly as if the run that made it had not ended. The
  /// number of workers and ranks may be another one, with the same number of shards.
  ///
  /// - Parameter folder: an output folder or a checkpoint's own folder.
  /// - Throws: `TrainingError` if there is no usable checkpoint, or it is one of another network,
  ///   data set or setting; `FileError`, `SafeTensorsError`; `JobError`.
  public func resume(from folder: String) throws {
    resumePoint = try job.fromFirstRank("reading the checkpoint") {
      let checkpoint = try Checkpoint(contentsOf: folder)
      try checkpoint.identity.check(continuedBy: identity, checkpoint: checkpoint.folder)
      try checkpoint.checkSomethingIsLeft(options)
      try checkpoint.model.load(
        into: parameterArena, layout: graph.parameterLayout, network: network)
      self.checkpoint = checkpoint
      warnAboutLearningRate(checkpoint)
      return ResumePoint(folder: checkpoint.folder, progress: checkpoint.progress)
    }
    try job.broadcast("sending the weights", parameterArena)
  }

  /// How devices share the network in the run that a checkpoint continues.
  ///
  /// - Parameter folder: an output folder or a checkpoint's own folder.
  /// - Throws: as `resume`.
  public static func parallelism(ofCheckpoint folder: String) throws -> Parallelism {
    try Checkpoint(contentsOf: folder).identity.parallelism ?? .data
  }

  private func warnAboutLearningRate(_ checkpoint: Checkpoint) {
    let stepsPerEpoch = EpochDivision(
      images: data.train.count, batchSize: options.batchSize,
      accumulatedBatches: options.accumulatedBatches
    ).steps
    let difference = checkpoint.course.difference(
      to: LearningRateCourse(options), step: checkpoint.progress.step, stepsPerEpoch: stepsPerEpoch)
    if let difference {
      warnings.append("the checkpoint \(checkpoint.folder) was made with " + difference)
    }
  }
}

extension Job {
  /// Gives the first rank's arena to all ranks, each of which has one of that size.
  /// - Throws: `JobError`.
  func broadcast(_ activity: String, _ arena: MemoryArena) throws {
    try broadcast(
      activity, UnsafeMutableRawBufferPointer(start: arena.base, count: arena.byteCount))
  }
}

import TandemCollectives
import TandemNetwork
import TandemTensor

/// What a run starts with, other than first values: the first rank reads it, the others get it.
extension Trainer {
  /// Replaces the parameters' first values.
  ///
  /// - Parameters:
  ///   - path: a safetensors file, or an output or checkpoint folder that holds one.
  ///   - isStrict: whether it must have a tensor for each parameter, but for those of auxiliary
  ///     heads, and no others. If not, the tensors that fit by name and shape are taken, other
  ///     parameters keep their first values, and `warnings` say what did not fit.
  /// - Throws: `TrainingError.weightsDoNotFit`, `TrainingError.nonFiniteWeights`, `FileError` or
  ///   `SafeTensorsError`; `JobError`.
  public func loadWeights(_ path: String, strict isStrict: Bool = true) throws {
    try job.onFirstRank("reading the weights") {
      let loading = try ModelFile(contentsOf: path).loading(for: network, graph)
      if isStrict {
        warnings += try loading.load(
          into: parameterArena, entries: graph.parameterLayout.entries,
          .auxiliaryHeads(of: graph, fate: "keep their first values"),
          remedy: "use the network they were made with, or take those that fit with "
            + "`strict: false`")
      } else {
        warnings += try loading.loadFitting(into: parameterArena, layout: graph.parameterLayout)
      }
    }
    try job.broadcast("sending the weights", parameterArena)
  }

  /// Lets `run` continue from a checkpoint, exactly as if the run that made it had not ended. The
  /// number of workers and ranks may be another one, with the same number of shards.
  ///
  /// From now on no other run may use the output folder, if there already is one, so that none
  /// changes the checkpoint.
  ///
  /// - Parameter folder: an output folder or a checkpoint's own folder.
  /// - Throws: `TrainingError` if there is no usable checkpoint, it is one of another network,
  ///   data set or setting, or another run uses the output folder; `FileError`, `SafeTensorsError`;
  ///   `JobError`.
  public func resume(from folder: String) throws {
    do {
      try readCheckpoint(folder)
    } catch {
      unlockOutput()
      throw error
    }
  }

  private func readCheckpoint(_ folder: String) throws {
    resumePoint = try job.fromFirstRank("reading the checkpoint") {
      if let output = options.outputFolder, FileSystem.isFolder(output) { try lockOutput() }
      let checkpoint = try Checkpoint(contentsOf: folder)
      warnings += try checkpoint.identity.check(
        continuedBy: identity(), checkpoint: checkpoint.folder)
      try checkpoint.checkSomethingIsLeft(options)
      try checkpoint.model.load(into: parameterArena, graph: graph, network: network)
      self.checkpoint = checkpoint
      warnAboutLearningRate(checkpoint)
      return ResumePoint(folder: checkpoint.folder, progress: checkpoint.progress)
    }
    try job.broadcast("sending the weights", parameterArena)
  }

  /// Takes the output folder for this run alone until `unlockOutput`. On the first rank; once is
  /// enough.
  /// - Throws: `TrainingError.outputInUse`, `FileError.cannotWrite`.
  func lockOutput() throws {
    guard outputLock == nil, let path = options.outputFolder else { return }
    let lock = try OutputFolder(path: path).lock()
    if let warning = lock.warning { warnings.append(warning) }
    outputLock = lock
  }

  func unlockOutput() {
    outputLock?.release()
    outputLock = nil
  }

  /// How devices share the network in the run that a checkpoint continues.
  ///
  /// - Parameter folder: an output folder or a checkpoint's own folder.
  /// - Throws: as `resume`.
  public static func parallelism(ofCheckpoint folder: String) throws -> Parallelism {
    try Checkpoint(contentsOf: folder).identity.parallelism ?? .data
  }

  private func warnAboutLearningRate(_ checkpoint: Checkpoint) {
    let difference = checkpoint.course.difference(
      to: LearningRateCourse(options), step: checkpoint.progress.step,
      stepsPerEpoch: layout.epochs.steps)
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

import TandemCollectives
import TandemNetwork
import TandemTensor

/// What a run starts with, other than first values: the first rank reads it, the others get it.
extension Trainer {
  /// Replaces the parameters' first values.
  ///
  /// - Parameters:
  ///   - path: a safetensors file, one of PyTorch's `torch.save` (a state dict, or a checkpoint
  ///     that holds one), or an output or checkpoint folder.
  ///   - isStrict: whether it must have a tensor for each parameter, but for those of auxiliary
  ///     heads, and no others. The last layer may be for another number of classes; it keeps its
  ///     first values then, and `warnings` say so. If not, the tensors that fit by name and shape
  ///     are taken, other parameters keep their first values, and `warnings` say what did not fit.
  /// - Throws: `TrainingError.weightsDoNotFit`, `TrainingError.nonFiniteWeights`, `FileError`,
  ///   `SafeTensorsError` or `PyTorchError`; `JobError`.
  public func loadWeights(_ path: String, strict isStrict: Bool = true) throws {
    try job.onFirstRank("reading the weights") {
      let loading = try ModelFile(contentsOf: path).loading(for: network, graph)
      if isStrict {
        warnings += try loading.load(
          into: parameterArena, entries: graph.parameterLayout.entries,
          .newHeads(of: graph, fate: "keep their first values"),
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
      try warnAboutLearningRate(checkpoint)
      warnAboutBest(checkpoint)
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

  /// What decides the learning rates of this run. Where anything depends on evaluations, the first
  /// rank reads all images that are measured with.
  /// - Throws: what the data set throws.
  func course() throws -> LearningRateCourse {
    let isChosen =
      options.schedule.shape.metric != nil || options.keepBest != nil
      || options.earlyStopping != nil
    let goesByImages = isChosen && job.rank == 0
    return LearningRateCourse(
      options,
      measuredImages: goesByImages ? try data.test.fingerprint().contentsText : nil)
  }

  private func warnAboutBest(_ checkpoint: Checkpoint) {
    guard let metric = options.keepBest, checkpoint.progress.epoch > 0,
      checkpoint.progress.best?.metric != metric
    else { return }
    warnings.append(
      "the run kept no best weights by \(metric), so the best epoch is looked for from epoch "
        + "\(checkpoint.progress.epoch + 1) on")
  }

  private func warnAboutLearningRate(_ checkpoint: Checkpoint) throws {
    let difference = checkpoint.course.difference(
      to: try course(), step: checkpoint.progress.step,
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

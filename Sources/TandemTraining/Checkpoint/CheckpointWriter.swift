import CKernels
import TandemCollectives
import TandemData
import TandemNetwork
import TandemTensor

/// Writes the checkpoints of a run: the first rank does, once it has the optimizer's state of all.
/// Constant; used by the thread that runs the trainer, outside of the team's regions.
struct CheckpointWriter {
  let job: Job
  let folder: CheckpointFolder
  let identity: RunIdentity
  let course: LearningRateCourse
  let classNames: [String]
  let pictures: PictureRecipe?
  let memory: TrainingMemory
  /// The parts of the state's arenas that each rank keeps up to date, bucket by bucket.
  let stateParts: [[Range<Int>]]

  /// Writes a checkpoint; all ranks call it at the same place.
  ///
  /// - Throws: `FileError`, or `TrainingError.nonFiniteParameter`: the former checkpoint then
  ///   stays; `JobError`.
  func write(_ progress: TrainingProgress) throws {
    job.activity.set(.writingCheckpoint, step: progress.step)
    if job.size > 1 { try gatherState() }
    try job.onFirstRank("writing a checkpoint") { try writeFiles(progress) }
  }

  private func gatherState() throws {
    try job.perform("gathering the optimizer's state") { communicator in
      for arena in memory.optimizerState {
        for parts in stateParts { try communicator.gather(arena.floats(), parts: parts, to: 0) }
      }
    }
  }

  private func writeFiles(_ progress: TrainingProgress) throws {
    for entry in memory.layout.entries
    where tandem_all_finite(memory.parameters.floats(at: entry.offset), entry.elementCount) == 0 {
      throw TrainingError.nonFiniteParameter(step: progress.step, parameter: entry.name)
    }
    try folder.replaceLast(step: progress.step) { folder in
      let modelDigest = try ModelFile.write(
        layout: memory.layout, parameters: memory.parameters, network: identity.network,
        normalization: identity.normalization, classNames: classNames, pictures: pictures,
        loss: identity.loss, step: progress.step,
        to: folder + "/" + CheckpointFolder.modelName)
      try writeState(
        progress, modelDigest: modelDigest, to: folder + "/" + CheckpointFolder.stateName)
    }
  }

  private func writeState(
    _ progress: TrainingProgress, modelDigest: String, to path: String
  ) throws {
    let names = identity.optimizer.stateNames
    try SafeTensorsFile.write(
      tensors: zip(names, memory.optimizerState).flatMap { name, arena in
        memory.layout.trainedEntries.map { entry in
          (
            name: entry.name + "." + name, shape: entry.parameter.shape,
            elements: UnsafeBufferPointer(
              start: UnsafePointer(arena.floats(at: entry.offset)), count: entry.elementCount)
          )
        }
      },
      metadata: [
        "tandemFormat": Checkpoint.format,
        Checkpoint.modelDigestKey: modelDigest,
        "run": try Metadata.encode(identity),
        "progress": try Metadata.encode(progress),
        "learningRate": try Metadata.encode(course),
      ],
      to: path)
  }
}

import CKernels
import Foundation
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
  /// Of the last epochs' weights.
  let mean: ParameterAverage?
  /// The parts of the state's arenas that each rank keeps up to date, bucket by bucket.
  let stateParts: [[Range<Int>]]
  /// How many checkpoints stay.
  let kept: Int
  /// The checkpoint before, whose best weights stay while there are no better ones.
  private(set) var former: String?

  /// Writes a checkpoint; all ranks call it at the same place.
  ///
  /// - Throws: `FileError`, or `TrainingError.nonFiniteParameter`: the former checkpoint then
  ///   stays; `JobError`.
  mutating func write(_ progress: TrainingProgress) throws {
    job.activity.set(.writingCheckpoint, step: progress.step)
    if job.size > 1 { try gatherState() }
    try job.onFirstRank("writing a checkpoint") { try writeFiles(progress) }
    former = folder.last
  }

  private func gatherState() throws {
    try job.perform("gathering the optimizer's state") { communicator in
      for arena in memory.optimizerState {
        for parts in stateParts { try communicator.gather(arena.floats(), parts: parts, to: 0) }
      }
    }
  }

  private func writeFiles(_ progress: TrainingProgress) throws {
    for entry in memory.wholeLayout.entries
    where tandem_all_finite(memory.parameters.floats(at: entry.offset), entry.elementCount) == 0 {
      throw TrainingError.nonFiniteParameter(step: progress.step, parameter: entry.name)
    }
    var averages: [String: MemoryArena] = [:]
    averages[CheckpointFolder.emaName] = memory.average?.arena
    if progress.averagedFrom != nil { averages[CheckpointFolder.averageName] = mean?.arena }
    let parts = Array(averages.keys) + (progress.best == nil ? [] : [CheckpointFolder.bestName])
    // Before the switch, so that no run ends without them.
    for part in parts { try folder.showPart(part) }
    try folder.replaceLast(step: progress.step, keeping: kept) { folder in
      let modelDigest = try writeModel(
        memory.parameters, progress, to: folder + "/" + CheckpointFolder.modelName)
      var digests: [String: String] = [:]
      for (part, arena) in averages {
        try makeFolder(folder + "/" + part)
        digests[part] = try writeModel(
          arena, progress, to: CheckpointFolder.model(of: folder, part: part))
      }
      try keepBest(progress, in: folder)
      try writeState(
        progress, modelDigest: modelDigest, partDigests: digests,
        to: folder + "/" + CheckpointFolder.stateName)
    }
    for part in CheckpointFolder.partNames where !parts.contains(part) { folder.hidePart(part) }
  }

  /// - Returns: the digest.
  private func writeModel(
    _ arena: MemoryArena, _ progress: TrainingProgress, to path: String
  ) throws -> String {
    try ModelFile.write(
      layout: memory.wholeLayout, parameters: arena, network: identity.network,
      normalization: identity.normalization, classNames: classNames, pictures: pictures,
      loss: identity.loss, step: progress.step, to: path)
  }

  private func makeFolder(_ path: String) throws {
    guard FileSystem.makeFolder(path) == 0 else {
      throw FileError.cannotWrite(path: path, code: errno)
    }
  }

  /// Puts the best weights into a checkpoint: those of the checkpoint itself, or of the one before.
  private func keepBest(_ progress: TrainingProgress, in folder: String) throws {
    guard let best = progress.best else { return }
    let source: String
    if !progress.isBest {
      guard let former else { preconditionFailure("best weights without a checkpoint") }
      source = CheckpointFolder.model(of: former, part: CheckpointFolder.bestName)
    } else if best.metric.isOfAverage {
      source = CheckpointFolder.model(of: folder, part: CheckpointFolder.emaName)
    } else {
      source = folder + "/" + CheckpointFolder.modelName
    }
    try makeFolder(folder + "/" + CheckpointFolder.bestName)
    try FileSystem.linkOrCopy(
      source, to: CheckpointFolder.model(of: folder, part: CheckpointFolder.bestName))
  }

  private func writeState(
    _ progress: TrainingProgress, modelDigest: String, partDigests: [String: String],
    to path: String
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
        Checkpoint.partDigestsKey: try Metadata.encode(partDigests),
        "run": try Metadata.encode(identity),
        "progress": try Metadata.encode(progress),
        "learningRate": try Metadata.encode(course),
      ],
      to: path)
  }
}

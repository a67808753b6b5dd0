import CKernels
import TandemData
import TandemNetwork
import TandemTensor

/// A checkpoint that was read: all that is needed to continue a run exactly.
struct Checkpoint {
  /// The folder that holds it.
  let folder: String
  let model: ModelFile
  let identity: RunIdentity
  let progress: TrainingProgress
  let course: LearningRateCourse
  /// The optimizer's state, named `parameter.state`.
  private let state: SafeTensorsFile

  /// - Parameter path: an output folder or a checkpoint's own folder.
  /// - Throws: `TrainingError`, `FileError` or `SafeTensorsError` if there is no usable checkpoint.
  init(contentsOf path: String) throws {
    folder = try CheckpointFolder.find(path)
    model = try ModelFile(contentsOf: folder + "/" + CheckpointFolder.modelName)
    let statePath = folder + "/" + CheckpointFolder.stateName
    state = try SafeTensorsFile.read(statePath)
    let metadata = Metadata(path: statePath, values: state.metadata)
    guard metadata.values["tandemFormat"] == Self.format else {
      throw TrainingError.damagedCheckpoint(
        path: statePath, problem: "its format is not the \(Self.format) of this version")
    }
    identity = try metadata.require(RunIdentity.self, "run")
    progress = try metadata.require(TrainingProgress.self, "progress")
    course = try metadata.require(LearningRateCourse.self, "learningRate")
  }

  fileprivate static let format = "training-state-1"

  /// Copies the optimizer's state to its arenas.
  func loadState(into memory: TrainingMemory, stateNames: [String]) throws {
    let loading = TensorLoading(
      path: folder + "/" + CheckpointFolder.stateName, tensors: state.tensors,
      networkName: identity.network.name)
    for (name, arena) in zip(stateNames, memory.optimizerState) {
      try loading.load(into: arena, layout: memory.layout, suffix: "." + name, allowsOthers: true)
    }
  }
}

/// Writes the checkpoints of a run. Constant; used by the thread that may read the parameters.
struct CheckpointWriter: Sendable {
  let folder: CheckpointFolder
  let identity: RunIdentity
  let course: LearningRateCourse
  let classNames: [String]
  let memory: TrainingMemory

  /// - Throws: `FileError`, or `TrainingError.nonFiniteParameter`: the former checkpoint then stays.
  func write(_ progress: TrainingProgress) throws {
    for entry in memory.layout.entries
    where tandem_all_finite(memory.parameters.floats(at: entry.offset), entry.elementCount) == 0 {
      throw TrainingError.nonFiniteParameter(step: progress.step, parameter: entry.name)
    }
    try folder.replaceLast(step: progress.step) { folder in
      try ModelFile.write(
        layout: memory.layout, parameters: memory.parameters, network: identity.network,
        normalization: identity.normalization, classNames: classNames, step: progress.step,
        to: folder + "/" + CheckpointFolder.modelName)
      try writeState(progress, to: folder + "/" + CheckpointFolder.stateName)
    }
  }

  private func writeState(_ progress: TrainingProgress, to path: String) throws {
    let names = identity.optimizer.stateNames
    try SafeTensorsFile.write(
      tensors: zip(names, memory.optimizerState).flatMap { name, arena in
        memory.layout.entries.map { entry in
          (
            name: entry.name + "." + name, shape: entry.parameter.shape,
            elements: UnsafeBufferPointer(
              start: UnsafePointer(arena.floats(at: entry.offset)), count: entry.elementCount)
          )
        }
      },
      metadata: [
        "tandemFormat": Checkpoint.format,
        "run": try Metadata.encode(identity),
        "progress": try Metadata.encode(progress),
        "learningRate": try Metadata.encode(course),
      ],
      to: path)
  }
}

extension Checkpoint {
  /// - Throws: `TrainingError.nothingToDo` if the run of the checkpoint has done all that is asked.
  func checkSomethingIsLeft(_ options: TrainingOptions) throws {
    if progress.epoch >= options.epochs {
      throw TrainingError.nothingToDo(
        checkpoint: folder, done: progress.epoch == 1 ? "1 epoch" : "\(progress.epoch) epochs",
        option: "--epochs")
    }
    if let limit = options.stepLimit, progress.step >= limit {
      throw TrainingError.nothingToDo(
        checkpoint: folder, done: progress.step == 1 ? "1 step" : "\(progress.step) steps",
        option: "--steps")
    }
  }
}

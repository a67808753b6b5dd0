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
  /// The digests of averaged weights, by the names of their folders.
  private let partDigests: [String: String]

  /// - Parameter path: an output folder or a checkpoint's own folder.
  /// - Throws: `TrainingError`, `FileError` or `SafeTensorsError` if there is no usable checkpoint.
  init(contentsOf path: String) throws {
    folder = try CheckpointFolder.find(path)
    model = try ModelFile(contentsOf: folder + "/" + CheckpointFolder.modelName)
    let statePath = folder + "/" + CheckpointFolder.stateName
    state = try SafeTensorsFile.read(statePath)
    let metadata = Metadata(
      path: statePath, values: state.metadata, damage: TrainingError.damagedCheckpoint)
    switch metadata.values["tandemFormat"] {
    case Self.format:
      guard state.digest != nil else {
        throw TrainingError.damagedCheckpoint(path: statePath, problem: "its digest is missing")
      }
      guard let digest = model.digest, metadata.values[Self.modelDigestKey] == digest else {
        throw TrainingError.damagedCheckpoint(
          path: folder,
          problem: "its \(CheckpointFolder.modelName) and its \(CheckpointFolder.stateName) do not "
            + "belong together")
      }
    case Self.formerFormat:
      break
    default:
      throw TrainingError.damagedCheckpoint(
        path: statePath, problem: "its format is not the \(Self.format) of this version")
    }
    identity = try metadata.require(RunIdentity.self, "run")
    progress = try metadata.require(TrainingProgress.self, "progress")
    course = try metadata.require(LearningRateCourse.self, "learningRate")
    partDigests = try metadata.decode([String: String].self, Self.partDigestsKey) ?? [:]
    try checkNumbers(statePath)
    try checkBest()
  }

  /// The weights that the run keeps as its best ones must be those that the state speaks of.
  private func checkBest() throws {
    guard let best = progress.best else { return }
    let path = CheckpointFolder.model(of: folder, part: CheckpointFolder.bestName)
    guard FileSystem.exists(path) else {
      throw TrainingError.damagedCheckpoint(
        path: folder, problem: "the best weights, of step \(best.step), are missing")
    }
    let step = try ModelFile(contentsOf: path).step
    guard step == best.step else {
      throw TrainingError.damagedCheckpoint(
        path: path,
        problem: "it is of step \(step.map { "\($0)" } ?? "unknown") and not of the best one, "
          + "\(best.step)")
    }
  }

  static let format = "training-state-4"
  /// Without digests: of this file, of the weights beside it, and of the images.
  private static let formerFormat = "training-state-3"
  static let modelDigestKey = "modelDigest"
  static let partDigestsKey = "partDigests"

  /// Copies averaged weights into an arena of parameters.
  ///
  /// - Parameter part: the name of their folder.
  /// - Throws: `TrainingError`, `FileError`, `SafeTensorsError`.
  func loadPart(
    _ part: String, into arena: MemoryArena, graph: NetworkGraph, network: Network
  ) throws {
    let path = CheckpointFolder.model(of: folder, part: part)
    guard let digest = partDigests[part], FileSystem.exists(path) else {
      throw TrainingError.damagedCheckpoint(
        path: folder, problem: "its averaged weights (\(part)) are missing")
    }
    let file = try ModelFile(contentsOf: path)
    guard file.digest == digest else {
      throw TrainingError.damagedCheckpoint(
        path: path, problem: "it does not belong to the \(CheckpointFolder.stateName) there")
    }
    try file.load(into: arena, graph: graph, network: network)
  }

  /// Copies the optimizer's state to its arenas.
  func loadState(into memory: TrainingMemory, stateNames: [String]) throws {
    try checkState(memory, stateNames)
    let loading = TensorLoading(
      path: folder + "/" + CheckpointFolder.stateName, tensors: state.tensors,
      networkName: identity.network.name)
    for (name, arena) in zip(stateNames, memory.optimizerState) {
      try loading.load(
        into: arena, entries: memory.layout.trainedEntries, suffix: "." + name,
        .init(allowsOthers: true, allowsInfinity: true))
    }
  }
}

extension Checkpoint {
  /// The state must be the one that the optimizer has now, arena by arena.
  private func checkState(_ memory: TrainingMemory, _ stateNames: [String]) throws {
    guard let entry = memory.layout.trainedEntries.first else { return }
    let prefix = entry.name + "."
    let saved = state.tensors.keys.filter { $0.hasPrefix(prefix) }.map {
      String($0.dropFirst(prefix.count))
    }
    if Set(saved) == Set(stateNames) { return }
    func text(_ names: [String]) -> String {
      names.isEmpty ? "nothing" : names.sorted().joined(separator: ", ")
    }
    throw TrainingError.otherOptimizerState(
      checkpoint: folder, optimizer: identity.optimizer.name, saved: text(saved),
      current: text(stateNames))
  }

  /// - Throws: `TrainingError.nothingToDo` if the run of the checkpoint has done all that is asked.
  func checkSomethingIsLeft(_ options: TrainingOptions) throws {
    if progress.epoch >= options.epochs {
      throw TrainingError.nothingToDo(
        checkpoint: folder, done: progress.epoch == 1 ? "1 epoch" : "\(progress.epoch) epochs",
        option: "epochs")
    }
    if let limit = options.stepLimit, progress.step >= limit {
      throw TrainingError.nothingToDo(
        checkpoint: folder, done: progress.step == 1 ? "1 step" : "\(progress.step) steps",
        option: "stepLimit")
    }
    if let earlyStopping = options.earlyStopping, earlyStopping.ends(after: progress.records) {
      throw TrainingError.nothingToDo(
        checkpoint: folder,
        done: "\(counted(progress.epoch, "epoch")), the last \(earlyStopping)",
        option: "earlyStopping")
    }
  }
}

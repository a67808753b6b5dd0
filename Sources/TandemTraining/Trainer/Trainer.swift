import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor

/// Trains a network on the cores of this machine, or of all machines of an `mpirun` job.
///
/// ```swift
/// let data = try DatasetSource.load("shapes")
/// let network = Network("tiny", input: [1, 24, 24]) {
///   Conv2D(16, kernel: 5)
///   ReLU()
///   MaxPool2D(2)
///   Dense(3)
/// }
/// var options = TrainingOptions()
/// options.epochs = 5
/// let trainer = try Trainer(
///   network: network, data: data, normalization: .unitScale(channels: 1), options: options,
///   observers: [ProgressDisplay.automatic()])
/// let result = try trainer.run()
/// print(result.evaluation?.top1 ?? 0)
/// ```
///
/// In a job of several ranks each makes a trainer with the same arguments and calls the same
/// methods in the same order. Observers hear of the run on the first rank only, which alone reads
/// weights and checkpoints and writes results. An error is thrown on the rank that has it; the
/// others would wait for it, so it has to be given to `Job.fail`, which ends them all.
///
/// Ownership: used by one thread at a time, which waits while the workers compute. Only
/// `stopRequest` is for others.
public final class Trainer {
  public let network: Network
  public let options: TrainingOptions
  /// Threads of each rank that compute.
  public let workers: JobWorkers
  /// Parts of each mini-batch whose gradients are summed.
  public var shards: Int { layout.division.shards }
  /// The devices among which `options.parallelism` divides the network; nil for a data part for
  /// each worker.
  public let mesh: Mesh?
  /// Who has which images, shards and devices.
  let layout: JobLayout
  /// What the user should know before the run, each in one line; also sent as events.
  public internal(set) var warnings: [String]
  /// Ends `run` after the current step, from any thread.
  public let stopRequest = StopRequest()
  /// Changes `run` on its way, from any thread of the first rank.
  public let control: TrainingControl
  /// The changes that `run` makes by itself when their steps come: those that another run had
  /// (`TrainingEvent.changed`), to repeat it. The first rank's count.
  public var plannedChanges: [TrainingChange] = []

  /// Those that a run which is continued has had, up to its checkpoint.
  package var changesSoFar: [TrainingChange] { resumePoint?.progress.changes ?? [] }

  /// The momentum that `control` may change; nil for an optimizer that keeps no velocity.
  public var momentum: Double? { options.optimizer.base.momentumInUse }

  /// Where the time of `run` went on this rank, after it, if `TrainingOptions.timelineDetail` asks.
  package internal(set) var timelines: RankTimelines?

  /// With its frozen parameters.
  let graph: NetworkGraph
  /// What learning rates are multiplied with.
  let rates: ParameterRates
  /// Parameters that would follow a gradient and are frozen.
  package let frozenParameters: Int
  let loss: Loss
  let data: DatasetPair
  let normalization: Normalization
  let observers: [any TrainingObserver]
  let job: Job
  /// The workers of this rank.
  let team: Team
  let isPinned: Bool
  /// How many cores this rank has without a worker.
  let idleCores: Int
  var hasIdleCores: Bool { idleCores > 0 }
  /// Laid out by `graph.parameterLayout`.
  let parameterArena: MemoryArena
  /// The parameters and all gradients, where ranks share memory.
  let sharedArenas: SharedArenas?
  /// Those whose gradients are not stored.
  let factoredWeights: [FactoredWeight]
  /// Where `run` starts; nil for the first step.
  var resumePoint: ResumePoint?
  /// The checkpoint on the first rank, until `run` has taken the optimizer's state from it.
  var checkpoint: Checkpoint?
  /// The lock on the first rank, from `resume` or the start of `run` to its end.
  var outputLock: OutputLock?
  /// On the first rank, while observers hear of the end of an epoch, if they are to have them.
  var stepGradients: StepGradients?
  private var evaluator: Evaluator?
  /// The digest of all that training sees of its images, once somebody has asked.
  private var contents: String?
  private var hasRun = false
  /// Updates since the start of the training, after `run`.
  private(set) var finishedSteps: Int?

  /// Checks everything that can be checked before computing, starts the workers and gives the
  /// parameters their first values.
  ///
  /// - Parameter job: the ranks that train together.
  /// - Throws: `TrainingError`, `NetworkError`, `LossError`, `MemoryError` or `JobError`, each with
  ///   a message of one line.
  public init(
    network: Network, data: DatasetPair, normalization: Normalization,
    options: TrainingOptions = TrainingOptions(), observers: [any TrainingObserver] = [],
    job: Job = .solo
  ) throws {
    try options.validate()
    control = TrainingControl(stopRequest)
    self.network = network
    self.data = data
    self.normalization = normalization
    self.observers = job.rank == 0 ? observers : []
    self.job = job
    let trained = try TrainedParts(network.graph(), options)
    graph = trained.graph
    rates = trained.rates
    frozenParameters = trained.frozenParameters
    loss =
      try options.ownLoss.map { .own(AnyOwnLoss($0)) }
      ?? Loss(options.loss ?? Loss.Kind(naturalFor: graph), labelSmoothing: options.labelSmoothing)
    job.describeLayers(graph.nodes.map(\.name))

    // What can be checked here and now, and whether all ranks were asked for the same.
    try Self.check(graph, data, loss, options)
    try job.compare(
      "comparing settings",
      Preflight.facts(network: network, data: data, normalization: normalization, options: options))
    var measured = try options.measuringColours(of: data.train, in: job)
    measured.classWeights = try options.classWeights?.measured(on: data.train)
    self.options = measured

    // The workers.
    let ranks = try RankTeam(
      job, asked: Self.askedWorkers(options, options.mesh, in: job),
      shards: options.shards, usesShards: true, pins: options.pinsWorkers)
    workers = ranks.workers
    team = ranks.team
    isPinned = ranks.isPinned
    idleCores = ranks.idleCores
    warnings = ranks.warnings + Self.warnings(of: options, graph)

    // Who computes what.
    mesh = options.mesh ?? Self.mesh(for: options.parallelism, workers: workers.total)
    let placed = try Self.place(graph, options, mesh)
    if let placed {
      job.describeLayers(try DeviceGraph(placed, member: 0).graph.nodes.map(\.name))
    }
    layout = try Self.layout(
      graph, images: data.train.count, options, mesh: mesh, placed: placed,
      RankLayout(rank: job.rank, workersOfRanks: workers.counts))
    factoredWeights =
      placed != nil
      ? []
      : FactoredGradients.weights(
        graph, images: layout.epochs.imagesPerStep, optimizer: options.optimizer,
        clipNorm: options.clipNorm,
        leastElements: options.leastFactoredElements)

    // The parameters and their first values.
    let memory = try ParameterMemory(
      graph.parameterLayout, layout,
      mayShare: options.sharesMemory && factoredWeights.isEmpty && placed == nil,
      seed: options.seed, in: job)
    sharedArenas = memory.shared
    parameterArena = memory.arena
  }

  /// Trains until all epochs are done, the step limit is reached or a stop is requested. Once only.
  ///
  /// - Throws: `TrainingError` (`nonFiniteLoss` for one), `FileError` if results cannot be written,
  ///   and whatever the data set or an observer throws. In a job of several ranks also
  ///   `RankDifference` and `JobError`. Checkpoints written so far stay.
  public func run() throws -> TrainingResult {
    precondition(!hasRun, "a trainer runs once; make another one and resume from a checkpoint")
    hasRun = true
    defer { unlockOutput() }
    let run = try TrainingRun(self)
    // Until here nothing is lost, and a signal ends the process at once.
    if options.stopsOnSignals { stopRequest.listen(to: StopSignals(job: job)) }
    defer { stopRequest.stopListening() }
    let result = try run.run()
    finishedSteps = result.steps
    return result
  }

  /// Evaluates the present parameters, each image exactly once.
  ///
  /// - Throws: `TrainingError`, or what the data set throws.
  public func evaluate(_ dataset: any Dataset) throws -> EvaluationResult {
    try Self.checkShape(graph, dataset, loss)
    return try evaluator(for: dataset).evaluate(
      dataset, normalization: normalization, loss: try loss.withoutSmoothing())
  }

  /// Has the memory ready that it takes to evaluate a data set. All ranks come here.
  func prepareEvaluation(of dataset: any Dataset) throws {
    try evaluator(for: dataset).prepare()
  }

  private func evaluator(for dataset: any Dataset) throws -> Evaluator {
    let evaluator = try Evaluator.reusing(
      self.evaluator, team: team, job: job, graph: graph, parameters: parameterArena,
      chunkSize: min(options.evaluationChunkSize, max(1, dataset.count)))
    self.evaluator = evaluator
    return evaluator
  }

  /// A copy of the parameters under their dotted names, in the order of the network.
  public var parameters: [(name: String, tensor: Tensor)] {
    graph.parameterLayout.entries.sorted { $0.nodeIndex < $1.nodeIndex }.map { entry in
      let elements = UnsafeBufferPointer(
        start: parameterArena.floats(at: entry.offset), count: entry.elementCount)
      return (entry.name, Tensor(shape: entry.parameter.shape, elements: Array(elements)))
    }
  }

  /// What a checkpoint of this run must have in common with it. Reads all training images, on the
  /// first rank.
  /// - Throws: what the data set throws.
  func identity() throws -> RunIdentity {
    if job.rank == 0 { _ = try trainingImagesDigest() }
    var decided = options
    decided.shards = shards
    decided.mesh = layout.mesh?.placed.mesh
    if let placed = layout.mesh?.placed { decided.parallelism = placed.parallelism }
    decided.microBatchSize = layout.division.microBatchSize
    decided.loss = loss.kind
    return RunIdentity(
      network: network, options: decided, data: data.train, contents: contents,
      normalization: normalization)
  }

  /// The digest of all that training sees of its images, which are read for it once.
  /// - Throws: what the data set throws.
  package func trainingImagesDigest() throws -> String {
    if let contents { return contents }
    let digest = try data.train.fingerprint().contentsText
    contents = digest
    return digest
  }
}

import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork

/// Everything that decides how a network is trained. All fields have defaults.
///
/// ```swift
/// var options = TrainingOptions()
/// options.epochs = 5
/// options.batchSize = 100
/// options.optimizer = AnyOptimizer(Adam())
/// ```
///
/// The command line tool has the same defaults.
public struct TrainingOptions: Sendable {
  /// Passes over the training images, those of a resumed run included.
  public var epochs = 10
  /// Images per mini-batch, of all workers of all ranks together. The last mini-batch of an epoch
  /// holds what is left and is trained on too.
  public var batchSize = 64
  /// How parameters follow their gradients. It brings its own learning rate.
  public var optimizer = AnyOptimizer(SGD(momentum: SGD.usualMomentum))
  /// The base rate, which the schedule scales. Unless it is set, it is the optimizer's: 0.001 for
  /// `Adam`.
  public var learningRate: Float {
    get { givenLearningRate ?? optimizer.defaultLearningRate }
    set { givenLearningRate = newValue }
  }
  private var givenLearningRate: Float?
  public var schedule = Schedule.constant
  /// nil for what suits the network's last layer: the cross-entropy, or for radial basis units
  /// theirs.
  public var loss: Loss.Kind?
  /// A loss that the program brings along, in place of `loss`.
  public var ownLoss: (any OwnLoss)?
  public var labelSmoothing: Float = 0
  /// What training computes with. Evaluation is in float32.
  public var precision = Precision.float32
  /// What is done to the training images so that each epoch has others; nil for nothing. The axes
  /// of colour noise are measured on them, unless they are given.
  public var augmentation: Augmentation?
  /// Decides the first parameters, the order of images, dropout and augmentation.
  public var seed: UInt64 = 0
  /// Whether each epoch has an order of its own; otherwise the data set's order is kept.
  public var shuffle = true
  /// Threads of this rank that compute; nil for one per physical core available to the process, and
  /// no more on all ranks together than `shards`. Ranks may have different numbers.
  public var workers: Int?
  /// Parts of each mini-batch whose gradients are summed. For a fixed number the weights come out
  /// the same, bit for bit, for any number of workers and ranks. nil for one per worker of all
  /// ranks.
  ///
  /// There must be one for each worker of the job at least. More are allowed and need not divide
  /// evenly: the consecutive shards `S·w/W ..< S·(w+1)/W` belong to worker w of W, who computes
  /// them one after the other. So 4 shards suit 1, 2, 3 or 4 workers, on 1 to 4 ranks; with 3
  /// workers one has two shards and the others wait for it.
  public var shards: Int?
  /// The workers as (data parts × devices that share each). Each device is a shard. nil for a data
  /// part for each worker with data parallelism, and for all workers in one group with the others.
  public var mesh: Mesh?
  /// How the devices that share images share the network.
  public var parallelism = Parallelism.data
  /// The number of pieces in which dense layers behind a data-parallel part compute the images that
  /// devices share, one after the other, so that the activations of one piece only are in memory.
  public var pieces = 1
  /// The most images of a shard that a worker computes at once; their gradients are added up. Fewer
  /// need less memory. nil for as many as keep activations small; see `MicroBatch`.
  public var microBatchSize: Int?
  /// Whether each worker stays on one core, if there are enough cores.
  public var pinsWorkers = true
  /// Threads that prepare mini-batches ahead. Where all cores have workers and the images are in
  /// memory, there are none: each worker then prepares its own images.
  public var loaderThreads = 1
  /// Mini-batches per update; the gradient is the mean over all their images.
  public var accumulatedBatches = 1
  /// The largest global norm of a gradient; longer ones are shortened to it. nil for no limit.
  public var clipNorm: Float?
  /// What threads note of where their time goes, for `Trainer.timelines`; nil for nothing.
  package var timelineDetail: Timeline.Detail?
  /// Ends training after so many updates, those of a resumed run included. The schedule stays the
  /// one of all epochs. nil for no limit.
  public var stepLimit: Int?
  /// Whether the test images are evaluated after each epoch.
  public var evaluatesEachEpoch = true
  /// Images that one worker evaluates at a time.
  public var evaluationChunkSize = 128
  /// Where history and checkpoints go; made if missing. nil for nowhere.
  public var outputFolder: String?
  /// Whether the results of another run in the output folder may be replaced.
  public var overwritesOutput = false
  /// Updates between checkpoints within an epoch; nil for checkpoints after each epoch only.
  public var checkpointEverySteps: Int?
  /// Whether signals end `Trainer.run` after the current step, with a checkpoint: SIGINT, SIGTERM
  /// and SIGQUIT (a second one ends the process at once), SIGHUP, SIGUSR1, and under `mpirun`
  /// SIGCONT, with which it begins to end its ranks. Before the first step they do what they
  /// usually do. For command line tools.
  public var stopsOnSignals = false
  /// Bytes of gradients that are exchanged in one go.
  public var bucketBytes = 25 << 20
  public var firstBucketBytes = 1 << 20
  /// Whether ranks that send gradients do so while they still compute others. Switched off to
  /// measure what that gives; the weights are the same.
  public var overlapsExchange = true
  /// Whether ranks that are all on one host may have gradients and parameters in common instead of
  /// sending them. Switched off to measure what that gives; the weights are the same.
  public var sharesMemory = true
  /// The numbers in which gradients and parameters travel between ranks. What would travel between
  /// more ranks is rounded by fewer ranks and one alone too, so that the weights are the same.
  public var wire = WireFormat.float32
  /// Weights of dense layers with fewer elements have their gradients stored and summed; see
  /// `FactoredGradients`.
  package var leastFactoredElements = FactoredGradients.leastElements
  /// Whether workers wait as long as computing was measured to take, instead of computing: to
  /// measure the exchange of more ranks than there are cores for. Nothing is learned.
  package var emulatesComputing = false

  public init() {}

  /// - Throws: `TrainingError.invalidOption` for the first field that makes no sense,
  ///   `ExecutionError` if this machine cannot compute with the precision.
  func validate() throws {
    try precision.check()
    try optimizer.checkName()
    let counts: [(option: String, value: Int)] = [
      ("epochs", epochs), ("batchSize", batchSize), ("workers", workers ?? 1),
      ("shards", shards ?? 1), ("microBatchSize", microBatchSize ?? 1),
      ("pieces", pieces), ("accumulatedBatches", accumulatedBatches),
      ("stepLimit", stepLimit ?? 1), ("checkpointEverySteps", checkpointEverySteps ?? 1),
      ("evaluationChunkSize", evaluationChunkSize), ("loaderThreads", loaderThreads),
      ("bucketBytes", bucketBytes), ("firstBucketBytes", firstBucketBytes),
    ]
    for (option, value) in counts {
      if value < 1 {
        throw TrainingError.invalidOption(option, value: "\(value)", remedy: "use 1 or more")
      }
      if value > Self.mostOfACount {
        throw TrainingError.invalidOption(
          option, value: "\(value)", remedy: "use \(Self.mostOfACount) or less")
      }
    }
    let limits = [
      ("workers", workers, Team.mostWorkers), ("shards", shards, Self.mostShards),
    ]
    for (option, value, most) in limits {
      guard let value, value > most else { continue }
      throw TrainingError.invalidOption(option, value: "\(value)", remedy: "use \(most) or less")
    }
    if !(learningRate.isFinite && learningRate >= 0) {
      throw TrainingError.invalidOption(
        "learningRate", value: "\(learningRate)", remedy: "use a finite rate of 0 or more")
    }
    if let clipNorm, !(clipNorm > 0 && clipNorm.isFinite) {
      throw TrainingError.invalidOption(
        "clipNorm", value: "\(clipNorm)", remedy: "use a finite norm above 0, or leave it out")
    }
    if pieces > 1, timelineDetail == .operators {
      throw TrainingError.invalidOption(
        "pieces", value: "\(pieces)",
        remedy: "use 1 to time operators, of which a mini-batch computed in pieces has several")
    }
    if checkpointEverySteps != nil, outputFolder == nil {
      throw TrainingError.invalidOption(
        "checkpointEverySteps", value: "\(checkpointEverySteps ?? 0)",
        remedy: "give an `outputFolder` for the checkpoints too")
    }
  }

  /// Products and sums of two counts, of images and steps for example, then fit into an Int.
  static let mostOfACount = Int(Int32.max)

  /// Far more than makes sense on one machine; keeps mistyped numbers from filling the memory.
  static let mostShards = 1024
}

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
  /// What is not trained: shell patterns that match names of parameters, or paths of layers and
  /// blocks that they are in, as `features.*` and `layer1`. Frozen layers cost no backward pass, no
  /// memory for gradients and no exchange; a frozen batch normalization keeps its running
  /// statistics and normalises with them.
  public var freeze: [String] = []
  /// The path of the first layer, or block, that is trained: all before it in the order of the
  /// network is frozen. nil for the first one of all.
  public var unfreezeFrom: String?
  /// What the learning rates of some parameters are multiplied with. Where several patterns match,
  /// the last one counts.
  public var learningRateScales: [LearningRateScale] = []
  /// The learning rate, in place of `learningRate`, of the last layer with weights before each of
  /// the network's outputs: what a new head has new. nil for that of all others.
  public var headLearningRate: Float?
  /// The weight decay of parameters with one axis, which are normalizations and biases, in place of
  /// the optimizer's; nil for that.
  public var normWeightDecay: Double?
  /// nil for what suits the network's last layer: the cross-entropy, or for radial basis units
  /// theirs.
  public var loss: Loss.Kind?
  /// A loss that the program brings along, in place of `loss`.
  public var ownLoss: (any OwnLoss)?
  public var labelSmoothing: Float = 0
  /// How much images count in the loss of training, by their classes; nil for all alike.
  public var classWeights: ClassWeights?
  /// Which images an epoch has.
  public var sampling = Sampling.each
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
  /// Whether the images to measure with are evaluated after each epoch.
  public var evaluatesEachEpoch = true
  /// Whether each epoch's record tells how the layers' weights do: their size, what the last step
  /// has changed, the gradient, and units that are never above 0. The weights that come out are the
  /// same.
  public var layerStatistics = false
  /// Whether the gradient of each epoch's last step is kept, for `TensorBoardWriter` to tell of.
  /// That takes as much memory as the weights. The weights that come out are the same.
  public var keepsGradients = false
  /// Images that one worker evaluates at a time.
  public var evaluationChunkSize = 128
  /// Where history and checkpoints go; made if missing. nil for nowhere.
  public var outputFolder: String?
  /// Whether the results of another run in the output folder may be replaced.
  public var overwritesOutput = false
  /// The decay of an average that follows the weights from step to step, such as 0.999: after a
  /// step it is so much of itself, and the rest of the weights. It is evaluated beside the weights
  /// and kept beside them in the output folder. nil for none.
  public var emaDecay: Double?
  /// How many of the last epochs' weights are averaged at the end, each counting alike: stochastic
  /// weight averaging (Izmailov et al. 2018, https://arxiv.org/abs/1803.05407). nil for none.
  public var averageLast: Int?
  /// By what the best epoch is told, whose weights are kept in the output folder beside the last
  /// ones; nil for none.
  public var keepBest: EpochMetric?
  /// Ends training before all epochs where these get no better; nil for never.
  public var earlyStopping: EarlyStopping?
  /// How many checkpoints stay in the output folder, the last one included.
  public var keptCheckpoints = 1
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
  /// Whether a loss that is not finite is told like any other instead of ending the run: to find
  /// out how high the learning rate may be. Nothing of such a run should be kept.
  package var toleratesNonFinite = false

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
      ("averageLast", averageLast ?? 1), ("keptCheckpoints", keptCheckpoints),
      ("earlyStopping", earlyStopping?.patience ?? 1),
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
    if schedule.shape.metric != nil, !evaluatesEachEpoch {
      throw TrainingError.invalidOption(
        "schedule", value: type(of: schedule.shape).name,
        remedy: "use `evaluatesEachEpoch`, whose results it goes by, or another schedule")
    }
    try validateRates()
    try validateChoices()
    if case .given(let weights)? = classWeights,
      !weights.allSatisfy({ $0.isFinite && $0 >= 0 }) || weights.allSatisfy({ $0 == 0 })
    {
      throw TrainingError.invalidOption(
        "classWeights", value: "\(weights)", remedy: "use numbers of 0 or more, not all of them 0")
    }
    if sampling == .balanced, !shuffle {
      throw TrainingError.invalidOption(
        "sampling", value: sampling.rawValue,
        remedy: "use `shuffle` too, as images are drawn at random, or leave it out")
    }
    if let clipNorm, !(clipNorm > 0 && clipNorm.isFinite) {
      throw TrainingError.invalidOption(
        "clipNorm", value: "\(clipNorm)", remedy: "use a finite norm above 0, or leave it out")
    }
    if clipNorm != nil, optimizer.layerwise?.movesAlongGradient == false {
      throw TrainingError.invalidOption(
        "clipNorm", value: "\(clipNorm ?? 0)",
        remedy: "leave it out: with \(optimizer.name) no gradient's length decides a step")
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

  /// What is chosen by the evaluations after epochs.
  private func validateChoices() throws {
    if let earlyStopping {
      let delta = earlyStopping.minimumDelta
      if !(delta.isFinite && delta >= 0) {
        throw TrainingError.invalidOption(
          "earlyStopping", value: "\(delta)", remedy: "use a finite difference of 0 or more")
      }
    }
    if let emaDecay, !(0 < emaDecay && emaDecay < 1) {
      throw TrainingError.invalidOption(
        "emaDecay", value: "\(emaDecay)", remedy: "use a number above 0 and below 1, such as 0.999")
    }
    if let averageLast {
      if averageLast > epochs {
        throw TrainingError.invalidOption(
          "averageLast", value: "\(averageLast)", remedy: "use no more than the \(epochs) `epochs`")
      }
      // They are counted from the end.
      if earlyStopping != nil {
        throw TrainingError.invalidOption(
          "averageLast", value: "\(averageLast)",
          remedy:
            "leave out `earlyStopping`, with which nobody knows the last epochs before they are "
            + "over; `emaDecay` goes with it")
      }
    }
    let metrics = [("keepBest", keepBest), ("earlyStopping", earlyStopping?.metric)]
    for case (let option, let metric?) in metrics where !evaluatesEachEpoch {
      throw TrainingError.invalidOption(
        option, value: "\(metric)",
        remedy: "use `evaluatesEachEpoch`, whose results it goes by, or leave it out")
    }
    guard outputFolder == nil else { return }
    if let keepBest {
      throw TrainingError.invalidOption(
        "keepBest", value: "\(keepBest)", remedy: "give an `outputFolder` for the weights too")
    }
    if keptCheckpoints > 1 {
      throw TrainingError.invalidOption(
        "keptCheckpoints", value: "\(keptCheckpoints)",
        remedy: "give an `outputFolder` for the checkpoints too")
    }
  }

  private func validateRates() throws {
    if let normWeightDecay {
      if !(normWeightDecay.isFinite && normWeightDecay >= 0) {
        throw TrainingError.invalidOption(
          "normWeightDecay", value: "\(normWeightDecay)", remedy: "use a finite number of 0 or more"
        )
      }
      if optimizer.decaying(normWeightDecay) == nil {
        throw TrainingError.invalidOption(
          "normWeightDecay", value: "\(normWeightDecay)",
          remedy: "the optimizer \(optimizer.name) has one weight decay for all; leave it out")
      }
    }
    for scale in learningRateScales where !(scale.factor > 0 && scale.factor.isFinite) {
      throw TrainingError.invalidOption(
        "learningRateScales", value: "\(scale)",
        remedy: "use a finite factor above 0, or `freeze` \(scale.pattern)")
    }
    if let headLearningRate {
      if !(headLearningRate > 0 && headLearningRate.isFinite) {
        throw TrainingError.invalidOption(
          "headLearningRate", value: "\(headLearningRate)", remedy: "use a finite rate above 0")
      }
      // The schedule's course is that of `learningRate`, which the head's follows.
      if !(learningRate > 0) || !(headLearningRate / learningRate).isFinite {
        throw TrainingError.invalidOption(
          "headLearningRate", value: "\(headLearningRate)",
          remedy: "use a `learningRate` above 0 beside it; what it is not for can be frozen")
      }
    }
  }

  /// Products and sums of two counts, of images and steps for example, then fit into an Int.
  static let mostOfACount = Int(Int32.max)

  /// Far more than makes sense on one machine; keeps mistyped numbers from filling the memory.
  static let mostShards = 1024
}

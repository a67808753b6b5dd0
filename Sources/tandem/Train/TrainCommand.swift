import ArgumentParser
import Tandem

/// `tandem train`: a network, a data set, an optimizer, all cores.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network.",
    discussion: """
      Progress goes to standard error, the result to standard output. With --output, the folder \
      receives history.csv, history.json and checkpoints; ctrl-C ends the run with a checkpoint.

      Example:
        tandem train --model simple-convnet --data shapes --epochs 3 --output run1
        tandem train --model lenet --data fashion-mnist --opt adam --lr 1e-3 --batch-size 100
        tandem train --resume run1 --model simple-convnet --data shapes --epochs 5
      """
  )

  @OptionGroup(title: "Data")
  var data: DataOptions

  @Option(help: "Scale pixels to mean 0 and standard deviation 1 (statistics) or to 0…1 (unit).")
  var normalize = NormalizationChoice.statistics

  @Option(help: "Order of the training images: a new one each epoch, or none.")
  var shuffle = ShuffleChoice.epoch

  @Option(
    help: ArgumentHelp("The network; 'tandem summary' lists all.", valueName: "name"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Rate of all the network's dropout layers instead of their own; 0 switches them off.",
      valueName: "rate"),
    transform: rate)
  var dropout: Double?

  @Option(
    help: ArgumentHelp(
      "Start with these weights: a .safetensors file or an output folder.",
      valueName: "path"))
  var weights: String?

  @Option(help: "Passes over the training images.", transform: atLeast(1))
  var epochs = 10

  @Option(
    name: [.customShort("b"), .long],
    help: "Images per step, of all workers together.", transform: atLeast(1))
  var batchSize = 64

  @Option(help: "Stop after this many steps in total.", transform: atLeast(1))
  var steps: Int?

  @Option(
    help: ArgumentHelp("Batches whose gradients make one step.", valueName: "n"),
    transform: atLeast(1))
  var gradAccumSteps = 1

  @Option(
    help: ArgumentHelp("Shorten gradients to this global norm.", valueName: "norm"),
    transform: positiveNumber)
  var clipGrad: Double?

  @Option(
    help: ArgumentHelp("Share of the target spread over all classes.", valueName: "e"),
    transform: rate)
  var labelSmoothing = 0.0

  @Option(help: "Decides first weights, order of images and dropout.")
  var seed: UInt64 = 0

  @OptionGroup(title: "Optimizer")
  var optimizer: OptimizerArguments

  @OptionGroup(title: "Schedule")
  var schedule: ScheduleArguments

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  @Option(
    help: ArgumentHelp(
      "Parts of a batch whose gradients are summed; the same number gives the same weights, bit for "
        + "bit, for any --workers. (default: one per worker)", valueName: "n"),
    transform: atLeast(1))
  var shards: Int?

  @Option(help: ArgumentHelp("Folder for history and checkpoints.", valueName: "folder"))
  var output: String?

  @Flag(help: "Replace another run's results in the output folder.")
  var overwrite = false

  @Option(
    help: ArgumentHelp("Checkpoints within an epoch, every n steps.", valueName: "n"),
    transform: atLeast(1))
  var checkpointEverySteps: Int?

  @Option(
    help: ArgumentHelp("Continue a run from its output folder or checkpoint.", valueName: "path"))
  var resume: String?

  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let pair = try data.load()
    let network = try network(for: pair)
    let trainer = try Trainer(
      network: network, data: pair, normalization: try normalize.normalization(of: pair.train),
      options: try options(trainImages: pair.train.count), observers: [ProgressDisplay.automatic()])
    if let weights { try trainer.loadWeights(weights) }
    if let resume { try trainer.resume(from: resume) }
    let result = try trainer.run()
    let report = TrainReport(
      model: network.name, data: data.data, outputFolder: output ?? resume, result: result)
    if json {
      try printJSON(report)
    } else {
      print(report.text())
    }
  }

  func validate() throws {
    if model == nil, weights == nil, resume == nil {
      throw ValidationError("give --model a name; 'tandem summary' lists the networks")
    }
    if weights != nil, resume != nil {
      throw ValidationError(
        "--weights starts a new run and --resume continues one; give one of them")
    }
  }

  /// The named network, made for the data; or the one that a file of weights describes.
  private func network(for data: DatasetPair) throws -> Network {
    var network: Network
    if let model {
      network = try Zoo.network(
        named: model, input: data.train.imageShape, classes: data.train.classNames.count)
    } else {
      network = try ModelFile(contentsOf: weights ?? resume ?? "").describedNetwork()
    }
    if let dropout { network = network.withDropout(Float(dropout)) }
    return network
  }

  private func options(trainImages: Int) throws -> TrainingOptions {
    let optimizer = try optimizer.optimizer()
    let batches = (trainImages + batchSize - 1) / batchSize
    var options = TrainingOptions()
    options.epochs = epochs
    options.batchSize = batchSize
    options.optimizer = optimizer
    options.learningRate = self.optimizer.lr.map { Float($0) } ?? optimizer.defaultLearningRate
    options.schedule = try schedule.schedule(
      stepsPerEpoch: (batches + gradAccumSteps - 1) / gradAccumSteps)
    options.labelSmoothing = Float(labelSmoothing)
    options.seed = seed
    options.shuffle = shuffle == .epoch
    options.workers = parallelism.workers
    options.shards = shards
    options.accumulatedBatches = gradAccumSteps
    options.clipNorm = clipGrad.map { Float($0) }
    options.stepLimit = steps
    options.outputFolder = output ?? resume
    options.overwritesOutput = overwrite
    options.checkpointEverySteps = checkpointEverySteps
    options.stopsOnSignals = true
    return options
  }
}

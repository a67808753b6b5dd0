import ArgumentParser
import Logging
import Tandem
import TandemNetwork
import TandemProcess

/// `tandem train`: a network, a data set, an optimizer, all cores, and under `mpirun` all ranks.
struct TrainCommand: RankedCommand, SavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network.",
    discussion: """
      Progress goes to standard error, the result to standard output. With --output, the folder \
      receives history.csv, history.json and checkpoints; ctrl-C ends the run with a checkpoint. \
      Under mpirun all ranks train the network together.

      Example:
        tandem train --model simple-convnet --data shapes --epochs 3 --output run1
        tandem train --model lenet --data fashion-mnist --opt adam --lr 1e-3
        tandem train --resume run1 --model simple-convnet --data shapes --epochs 5
        mpirun -n 2 tandem train --model lenet --data shapes
      """
  )

  @OptionGroup(title: "Network")
  var network: NetworkOptions

  @OptionGroup(title: "Data")
  var data: DataOptions

  @OptionGroup(title: "Images")
  var images: ImageOptions

  @OptionGroup(title: "Augmentation")
  var augmentation: AugmentationOptionGroup

  @OptionGroup(title: "Training")
  var course: CourseOptions

  @OptionGroup(title: "Optimizer")
  var optimizer: OptimizerOptionGroup

  @OptionGroup(title: "Schedule")
  var schedule: ScheduleOptionGroup

  @OptionGroup(title: "Training")
  var precision: PrecisionOptions

  @OptionGroup(title: "Parallelism")
  var workers: WorkerOptions

  @OptionGroup(title: "Parallelism")
  var shards: ShardOptions

  @OptionGroup(title: "Parallelism")
  var mesh: ParallelismOptions

  @OptionGroup(title: "Ranks (under mpirun)")
  var exchange: ExchangeOptions

  @OptionGroup(title: "Ranks (under mpirun)")
  var ranks: RankOptions

  @OptionGroup(title: "Output")
  var output: OutputOptions

  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    _ = try augmentation.augmentation()
    if network.model == nil, network.weights == nil, output.resume == nil {
      throw NetworkOptions.noModel
    }
    if network.weights != nil, output.resume != nil {
      throw ValidationError(
        "--weights starts a new run and --resume continues one; give one of them")
    }
    if data.data == nil {
      if output.resume != nil {
        throw ValidationError("--resume needs the run's own data set; name it with --data")
      }
      if output.output != nil {
        throw ValidationError(
          "--output keeps what is trained, so say on what: name the data set with --data; "
            + "'--data shapes' is the built-in one")
      }
    }
  }

  var savesResults: Bool { output.output != nil || output.resume != nil }

  func read() throws -> OpenedData { try data.open(.training) }

  func run(_ opened: OpenedData, in job: Job) throws {
    let pair = try data.pair(opened, seed: course.seed, in: job) { parts in
      let own = try self.network.ownInputShape(describedBy: output.resume, in: job)
      return try data.pictures.recipe(for: parts, network: own)
    }
    let network = try network.network(for: pair, describedBy: output.resume, in: job)
    data.noteDefault("training on", in: job)
    var options = try options(trainImages: pair.train.count)
    try mesh.apply(
      to: &options, network, images: pair.train.count, continuing: output.resume, in: job)
    if job.rank == 0 {
      warnAboutWarmUp(options, trainImages: pair.train.count)
      StandardErrorLog.warn([ClassCoverage(pair.train).warning].compactMap(\.self))
    }
    let trainer = try Trainer(
      network: network, data: pair,
      normalization: try images.normalization(of: pair.train, in: job),
      options: options, observers: [ProgressDisplay.automatic()], job: job)
    if job.rank == 0 {
      StandardErrorLog.warn(LibraryNotes.warnings(options.precision))
    }
    try self.network.loadWeights(into: trainer)
    if let resume = output.resume { try trainer.resume(from: resume) }
    let result = try trainer.run()
    let report = TrainReport(
      model: network.name, data: data.source, outputFolder: trainer.options.outputFolder,
      result: result, lossOfMessages: MessageStream.loss)
    guard job.rank == 0 else { return }
    if json {
      try printJSON(report)
    } else {
      printReport(report.text())
    }
  }

  /// A warm-up as long as the training looks like training with a much smaller rate.
  private func warnAboutWarmUp(_ options: TrainingOptions, trainImages: Int) {
    let warmUp = options.schedule.warmUpSteps
    let steps = course.stepsPerEpoch(trainImages: trainImages) * options.epochs
    guard warmUp >= steps else { return }
    Logger(label: "tandem.train").warning(
      """
      the warm-up of \(counted(warmUp, "step")) leaves nothing of the training, which has \
      \(steps.grouped), so the learning rate never reaches \(options.learningRate); give more \
      --epochs or fewer --lr-warmup-epochs
      """)
  }

  private func options(trainImages: Int) throws -> TrainingOptions {
    var options = TrainingOptions()
    images.apply(to: &options)
    options.augmentation = try augmentation.augmentation()
    course.apply(to: &options)
    try optimizer.apply(to: &options)
    try schedule.apply(
      to: &options, stepsPerEpoch: course.stepsPerEpoch(trainImages: trainImages))
    options.precision = precision.precision
    options.workers = workers.workers
    shards.apply(to: &options)
    exchange.apply(to: &options)
    output.apply(to: &options)
    options.stopsOnSignals = true
    return options
  }
}

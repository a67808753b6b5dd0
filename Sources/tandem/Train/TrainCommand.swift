import ArgumentParser
import Logging
import Tandem
import TandemLive
import TandemNetwork
import TandemProcess

/// `tandem train`: a network, a data set, an optimizer, all cores, and under `mpirun` all ranks.
struct TrainCommand: RankedCommand, SavingCommand, SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network.",
    discussion: """
      Progress goes to standard error, the result to standard output. A folder, --output or one \
      made in runs, receives run.json, history.csv, history.json and checkpoints; ctrl-C ends the \
      run with a checkpoint. Under mpirun all ranks train the network together.

      Example:
        tandem train --model simple-convnet --data shapes --epochs 3 --output run1
        tandem train --model lenet --data fashion-mnist --opt adam --lr 1e-3
        tandem train --resume run1
        tandem train --resume run1 --epochs 5
        tandem train --model lenet --data shapes --live --output run2
        mpirun -n 2 tandem train --model lenet --data shapes --no-output
      """
  )

  @OptionGroup(title: "Network")
  var network: NetworkOptions

  @OptionGroup(title: "Learning from a trained network")
  var freezing: FreezingOptions

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

  @OptionGroup(title: "Output")
  var reports: ReportOptions

  @OptionGroup(title: "Output")
  var live: LiveOptions

  @OptionGroup(title: "Messages")
  var messages: MessageOptions

  @OptionGroup(title: "Options in a file")
  var file: ConfigOptions

  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    _ = try augmentation.augmentation(crop: data.pictures.crop)
    if network.model == nil, network.weights == nil, output.resume == nil {
      throw NetworkOptions.noModel
    }
    if network.weights != nil, output.resume != nil {
      throw ValidationError(
        "--weights starts a new run and --resume continues one; give one of them")
    }
    if reports.report, output.noOutput {
      throw ValidationError(
        "--report is written into the run's folder, which --no-output leaves out; give one of them")
    }
    if live.replay != nil, output.resume != nil {
      throw ValidationError(
        "--replay begins a run anew and --resume continues one; give one of them")
    }
    if data.data == nil, output.resume != nil {
      throw ValidationError("--resume needs the run's own data set; name it with --data")
    }
  }

  var savesResults: Bool { !output.noOutput && !reports.dryRun }

  func read() throws -> OpenedData {
    if data.data == nil, savesResults {
      throw ValidationError(
        "what is trained is kept, so say on what: name the data set with --data; '--data shapes' is the "
          + "built-in one, and --no-output keeps nothing")
    }
    return try data.open(.training)
  }

  /// What is trained, with what, as the options say. All ranks of the job come here.
  func prepared(_ opened: OpenedData, in job: Job) throws -> PreparedTraining {
    let pair = try data.pair(opened, seed: course.seed, in: job) { parts in
      let own = try self.network.ownInputShape(describedBy: output.resume, in: job)
      return try data.pictures.recipe(for: parts, network: own, preset: augmentation.augment)
    }
    data.noteKeptSize(opened, augmentation.augment, in: job)
    let network = try network.network(for: pair, describedBy: output.resume, in: job)
    data.noteDefault("training on", in: job)
    try schedule.check(measuredPart: pair.measuredPart)
    var options = try options(trainImages: pair.train.count)
    try mesh.apply(
      to: &options, network, images: pair.train.count, continuing: output.resume, in: job)
    if job.rank == 0 {
      StandardErrorLog.warn([ClassCoverage(pair.train).warning].compactMap(\.self))
    }
    return PreparedTraining(
      pair: pair, network: network, options: options,
      normalization: try images.normalization(of: pair.train, in: job))
  }

  func run(_ opened: OpenedData, in job: Job) throws {
    var prepared = try prepared(opened, in: job)
    if reports.dryRun {
      let report = try DryRun(self, prepared, in: job).run()
      if job.rank > 0 { return }
      if json { try printJSON(report) } else { printReport(report.text()) }
      return
    }
    guard let own = ownFolder(of: prepared.network) else { return try train(prepared, in: job) }
    let folder = try job.fromFirstRank("making the run's folder") { try own.make() }
    prepared.options.outputFolder = folder
    do {
      try train(prepared, in: job)
    } catch {
      if job.rank == 0 { OwnFolder.removeIfEmpty(folder) }
      throw error
    }
  }

  /// The folder that a run gets which is to be kept and was given none.
  func ownFolder(of network: Network) -> OwnFolder? {
    output.noOutput || output.folder != nil
      ? nil : OwnFolder(model: network.name, data: data.source)
  }

  private func train(_ prepared: PreparedTraining, in job: Job) throws {
    let (pair, network) = (prepared.pair, prepared.network)
    if job.rank == 0 { warnAboutWarmUp(prepared.options, trainImages: pair.train.count) }
    let recorder = try recorder(prepared.options.outputFolder, in: job)
    if job.rank == 0, let path = reports.stepLog { try ResultFile.check(path) }
    if job.rank == 0, let folder = reports.tensorboard { try TensorBoardWriter.check(folder) }
    let board = reports.tensorboard.map { TensorBoardWriter(folder: $0) }
    let page = job.rank == 0 ? try live.open() : nil
    let observers: [any TrainingObserver] =
      messages.observers(plotting: reports.plot) + [recorder].compactMap(\.self)
      + [reports.stepLog.map(StepLog.init)].compactMap(\.self) + [board].compactMap(\.self)
      + [page].compactMap(\.self)
    let trainer = try Trainer(
      network: network, data: pair, normalization: prepared.normalization,
      options: prepared.options, observers: observers, job: job)
    if job.rank == 0 {
      StandardErrorLog.warn(LibraryNotes.warnings(prepared.options.precision))
    }
    try self.network.loadWeights(into: trainer)
    if let resume = output.resume { try trainer.resume(from: resume) }
    if let note = recorder?.note(trainer) {
      Logger(label: "tandem.train").notice("\(note)")
    }
    if job.rank == 0, let folder = trainer.options.outputFolder, output.folder == nil {
      Logger(label: "tandem.train").notice("no --output given: the run is kept in \(folder)")
    }
    try recorder?.follow(trainer, pair, job: job)
    board?.follow(trainer, pair)
    if job.rank == 0 {
      trainer.plannedChanges = try live.plannedChanges(continuing: output.resume)
    }
    if let page {
      try page.follow(trainer, pair, prepared.normalization)
      LiveOptions.tell(page.address.address)
    }
    let result = try recorded(by: recorder, on: page) { try trainer.run() }
    if result.ending == .interrupted, job.rank == 0 {
      ProcessEnding.exitCode = Int32(reports.exitCodeOnStop)
    }
    let report = TrainReport(
      model: network.name, data: data.source, measuredPart: pair.measuredPart,
      options: trainer.options, result: result, lossOfMessages: MessageStream.loss)
    guard job.rank == 0 else { return }
    if reports.report, result.ending != .interrupted, let folder = trainer.options.outputFolder {
      ReportFile.writeAfterTraining(in: folder, workers: workers.workers)
    }
    if json {
      try printJSON(report)
    } else {
      printReport(report.text())
    }
  }

  /// What keeps the record of the run in its output folder, which is the first rank's.
  private func recorder(_ folder: String?, in job: Job) throws -> RunRecorder? {
    guard job.rank == 0, let folder else { return nil }
    return try RunRecorder(
      folder: folder, words: ResumedOptions.completed(ToolArguments.all),
      parent: network.weights ?? (output.resume == folder ? nil : output.resume),
      continuing: output.resume)
  }

  /// Runs a training and notes in its record what ended it, whatever that is.
  private func recorded<Result>(
    by recorder: RunRecorder?, on page: LiveTraining?, _ body: () throws -> Result
  ) throws -> Result {
    do {
      let result = try body()
      page?.finish()
      return result
    } catch {
      try? recorder?.end("\(error)")
      page?.finish(error: "\(error)")
      throw error
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
    options.augmentation = try augmentation.augmentation(crop: data.pictures.crop)
    course.apply(to: &options)
    freezing.apply(to: &options)
    try optimizer.apply(to: &options)
    try schedule.apply(
      to: &options, stepsPerEpoch: course.stepsPerEpoch(trainImages: trainImages))
    options.precision = precision.precision
    options.workers = workers.workers
    shards.apply(to: &options)
    exchange.apply(to: &options)
    output.apply(to: &options)
    reports.apply(to: &options)
    options.stopsOnSignals = true
    return options
  }
}

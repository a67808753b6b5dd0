import ArgumentParser
import Tandem
import TandemCollectives
import TandemInsight
import TandemNetwork
import TandemProcess
import TandemTraining

/// `tandem lr-find`: raises the learning rate step by step and names one to train with.
struct LRFindCommand: RankedCommand, SavingCommand, SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "lr-find",
    abstract: "Find a learning rate: raise it step by step and watch the loss.",
    discussion: """
      Takes the options of 'tandem train' and makes the first steps of that training, each with a \
      higher rate, until the loss runs away. Nothing is written but --picture. The rate that is named \
      is a tenth of the one at which the loss, smoothed, is lowest. What a training writes, its \
      length, --lr and the schedule have no meaning here and may stand there all the same.

      Example:
        tandem lr-find --model lenet --data shapes
        tandem lr-find --model lenet --data shapes --opt adam --picture rates.png
        mpirun -n 2 tandem lr-find --model lenet --data shapes
      """
  )

  @Option(
    help: ArgumentHelp("Rate of the first step. (default: 1e-07)", valueName: "rate"),
    transform: positiveNumber)
  var lrFrom = 1e-7

  @Option(
    help: ArgumentHelp("Rate of the last step. (default: 10)", valueName: "rate"),
    transform: positiveNumber)
  var lrTo = 10.0

  @Option(
    help: ArgumentHelp("Steps in which the rate rises. (default: 200)", valueName: "n"),
    transform: atLeast(20, atMost: 100_000))
  var lrSteps = 200

  @Option(
    help: ArgumentHelp("Draw the curve into this file, a PNG or an SVG.", valueName: "file"),
    completion: .file(), transform: drawingPath)
  var picture: String?

  @OptionGroup
  var training: TrainCommand

  var ranks: RankOptions { training.ranks }
  var messages: MessageOptions { training.messages }

  var savesResults: Bool { picture != nil }

  func validate() throws {
    guard lrFrom < lrTo else {
      throw ValidationError("the rate rises: give --lr-from a smaller number than --lr-to")
    }
    if training.output.resume != nil {
      throw ValidationError(
        "--resume goes on with the rate of its run; to look for one from its weights on, give --weights"
      )
    }
    if training.reports.dryRun {
      throw ValidationError(
        "lr-find keeps nothing anyway; leave out --dry-run, or ask 'tandem train --dry-run'")
    }
    if training.reports.report || training.reports.plot || training.reports.layerStatistics {
      throw ValidationError(
        "lr-find draws a curve of its own; leave out --report, --plot and --layer-statistics")
    }
    if training.reports.stepLog != nil || training.reports.tensorboard != nil {
      throw ValidationError(
        "lr-find keeps nothing of its steps; leave out --step-log and --tensorboard")
    }
    if training.freezing.headLr != nil {
      throw ValidationError(
        "--head-lr is a rate of its own, which does not rise; leave it out, or use --lr-scale")
    }
  }

  func read() throws -> OpenedData { try training.data.open(.training) }

  func run(_ opened: OpenedData, in job: Job) throws {
    if let picture {
      try job.onFirstRank("looking at where the picture goes") { try ResultFile.check(picture) }
    }
    let prepared = try training.prepared(opened, in: job)
    var options = prepared.options
    let steps = training.course.stepsPerEpoch(trainImages: prepared.pair.train.count)
    options.learningRate = Float(lrFrom)
    options.schedule = try Schedule(RateRise(factor: lrTo / lrFrom, steps: lrSteps))
    options.epochs = (lrSteps + steps - 1) / steps
    options.stepLimit = lrSteps
    options.toleratesNonFinite = true
    options.evaluatesEachEpoch = false
    options.stopsOnSignals = false
    options.outputFolder = nil
    options.overwritesOutput = false
    options.checkpointEverySteps = nil
    options.keepBest = nil
    options.keptCheckpoints = 1
    options.earlyStopping = nil
    options.emaDecay = nil
    options.averageLast = nil
    let recorder = RateRecorder()
    let trainer = try Trainer(
      network: prepared.network, data: prepared.pair, normalization: prepared.normalization,
      options: options, observers: [recorder], job: job)
    recorder.stopRequest = trainer.stopRequest
    if job.rank == 0 { StandardErrorLog.warn(trainer.warnings) }
    try training.network.loadWeights(into: trainer)
    let result = try trainer.run()
    guard job.rank == 0 else { return }
    guard recorder.losses.count > 1 else { throw LRFindError.noCurve(lrFrom) }
    let curve = LearningRateCurve(recorder.losses)
    let scale = training.schedule.scale(options)
    let report = LRFindReport(
      model: prepared.network.name, data: training.data.source, optimizer: options.optimizer.name,
      batchSize: options.batchSize, ranks: result.ranks, workers: result.workers,
      shards: result.shards, hasDiverged: recorder.hasDiverged, curve: curve, picture: picture,
      command: curve.learningRate.map { Self.command(for: $0 / scale) })
    if let picture {
      try DrawingFile.write(to: picture, curve.sheet(title: report.title).encoded)
    }
    if training.json {
      try printJSON(report)
    } else {
      printReport(report.text())
    }
    if curve.learningRate == nil { throw LRFindError.noFall(lrFrom, lrTo) }
  }

  /// The training with a rate, as a line for a shell: the words of this command line, without what
  /// only `lr-find` knows.
  private static func command(for rate: Double) -> String {
    let own: Set<String> = ["--lr-from", "--lr-to", "--lr-steps", "--picture", "--lr"]
    var words: [String] = []
    var rest = ToolArguments.all.dropFirst()
    while let word = rest.popFirst() {
      let name = word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word
      if own.contains(name) {
        if name == word { _ = rest.popFirst() }
      } else if word != "--json" {
        words.append(word)
      }
    }
    return ShellText.line(
      ["tandem", TrainCommand._commandName] + words + ["--lr", significant(rate)])
  }
}

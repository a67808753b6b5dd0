import ArgumentParser
import Tandem
import TandemCollectives
import TandemNetwork

/// `tandem bench`: how fast whole training steps are.
struct BenchCommand: RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time full training steps on synthetic data.",
    discussion: """
      A step is all of it: preparing the batch, forward, loss, backward, sum of gradients, update. \
      The speed of a run is the median over its steps, because a shared machine disturbs some.

      Example:
        tandem bench --model simple-convnet --batch-size 100
        tandem bench --model lenet --batch-size 128 --workers 1 --json
        tandem bench --model alexnet --batch-size 128 --steps 10 --layers
        mpirun -n 2 tandem bench --model lenet --batch-size 128 --no-overlap
      """
  )

  @Option(help: ArgumentHelp("The network.", valueName: "name"))
  var model = "simple-convnet"

  @Option(
    name: [.customShort("b"), .long],
    help: ArgumentHelp(
      "Images per step, of all workers of all ranks together. (default: 100)", valueName: "n"),
    transform: atLeast(1))
  var batchSize = 100

  @Option(
    help: ArgumentHelp("Steps to time. (default: 200)", valueName: "n"), transform: atLeast(1))
  var steps = 200

  @Option(
    help: ArgumentHelp("Steps before those. (default: 20)", valueName: "n"), transform: atLeast(1))
  var warmUp = 20

  @Option(
    help: ArgumentHelp(
      "The optimizer, one of \(AnyOptimizer.names.joined(separator: ", ")).", valueName: "name"))
  var opt = "adam"

  @OptionGroup
  var shape: ModelShapeOptions

  @OptionGroup(title: "Parallelism")
  var workers: WorkerOptions

  @OptionGroup(title: "Parallelism")
  var shards: ShardOptions

  @OptionGroup(title: "Ranks (under mpirun)")
  var exchange: ExchangeOptions

  @OptionGroup(title: "Ranks (under mpirun)")
  var ranks: RankOptions

  @Option(help: ArgumentHelp("Decides weights and data.", valueName: "n"))
  var seed: UInt64 = 0

  @Flag(help: "Also tell what each operator of each layer costs.")
  var layers = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    // Each of the three is at most 32 bits long, so neither the sum nor the product overflows.
    guard batchSize * (steps + warmUp) <= Int32.max else {
      throw ValidationError(
        "--batch-size \(batchSize) for \(steps + warmUp) steps is more than \(Int32.max) images; "
          + "use fewer --steps or a smaller --batch-size")
    }
  }

  func run(in job: Job) throws {
    let network = try shape.network(named: model)
    let outputs = try network.graph().outputShape.elementCount
    let data = SyntheticDataset(
      count: batchSize * (steps + warmUp), imageShape: network.inputShape, classes: outputs,
      seed: seed)
    var options = TrainingOptions()
    options.epochs = 1
    options.batchSize = batchSize
    options.optimizer = try AnyOptimizer(named: opt)
    // Synthetic labels cannot be learned; a small rate keeps everything finite however many steps.
    options.learningRate = 1e-5
    options.seed = seed
    options.workers = workers.workers
    shards.apply(to: &options)
    exchange.apply(to: &options)
    options.evaluatesEachEpoch = false
    options.timelineDetail = layers ? .operators : .phases
    let clock = StepClock()
    let trainer = try Trainer(
      network: network, data: DatasetPair(train: data, test: data.prefix(1)),
      normalization: .unitScale(channels: network.inputShape[0]), options: options,
      observers: [clock], job: job)
    if job.rank == 0 { StandardErrorLog.warn(trainer.warnings) }
    let cpus = try JobMap(job).pinnableCPUs(ofRank: job.rank)
    let workersHere = trainer.workers.counts[job.rank]
    var peak = MultiplyAddPeak()
    try peak.measure(job, workers: workersHere, pinnedTo: cpus)
    let result = try trainer.run()
    try peak.measure(job, workers: workersHere, pinnedTo: cpus)
    let memory = try job.gather("comparing memory", ProcessMemory.peakBytes)
    guard job.rank == 0, let timelines = trainer.timelines else { return }
    let seconds = clock.stepSeconds.suffix(steps)
    let speeds = seconds.map { Double(batchSize) / $0 }.sorted()
    let exchanges = clock.exchanges.suffix(steps)
    func median(_ figure: (ExchangeFigures) -> Double) -> Double {
      Self.percentile(50, of: exchanges.map(figure).sorted())
    }
    let speed = Self.percentile(50, of: speeds)
    let timed = warmUp + 1...warmUp + steps
    let peakOfWorker = peak.operationsPerSecond / Double(result.workers)
    let report = BenchReport(
      model: model, batchSize: batchSize, optimizer: opt, ranks: result.ranks,
      workers: result.workers, shards: result.shards, steps: speeds.count, warmUpSteps: warmUp,
      imagesPerSecond: speed,
      imagesPerSecondTenthPercentile: Self.percentile(10, of: speeds),
      imagesPerSecondNinetiethPercentile: Self.percentile(90, of: speeds),
      secondsPerStep: Double(batchSize) / speed,
      split: StepSplit(timelines.workers, steps: timed),
      arithmetic: BenchReport.Arithmetic(
        multiplyAddsPerImage: try network.graph().trainingMultiplyAdds, imagesPerSecond: speed,
        peak: peak),
      peakMemoryBytes: memory.compactMap(\.self).max(),
      bytesSentPerStep: Int(median { Double($0.bytesSent) }),
      secondsExchangingPerStep: median(\.secondsExchanging),
      secondsExposedPerStep: median(\.secondsExposed),
      operators: layers
        ? timelines.operatorTimes(steps: timed).map { OperatorFigures($0, peak: peakOfWorker) }
        : nil)
    if json {
      try printJSON(report)
    } else {
      print(report.text())
    }
  }

  /// Of ascending values: the nearest rank.
  private static func percentile(_ percent: Int, of values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    return values[(values.count - 1) * percent / 100]
  }
}

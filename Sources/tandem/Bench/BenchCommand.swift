import ArgumentParser
import Tandem
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
    options.shards = shards.shards
    exchange.apply(to: &options)
    options.evaluatesEachEpoch = false
    let clock = StepClock()
    let trainer = try Trainer(
      network: network, data: DatasetPair(train: data, test: data.prefix(1)),
      normalization: .unitScale(channels: network.inputShape[0]), options: options,
      observers: [clock], job: job)
    if job.rank == 0 { StandardErrorLog.warn(trainer.warnings) }
    let result = try trainer.run()
    guard job.rank == 0 else { return }
    let speeds = clock.stepSeconds.suffix(steps).map { Double(batchSize) / $0 }.sorted()
    let exchanges = clock.exchanges.suffix(steps)
    func median(_ figure: (ExchangeFigures) -> Double) -> Double {
      Self.percentile(50, of: exchanges.map(figure).sorted())
    }
    let report = Report(
      model: model, batchSize: batchSize, optimizer: opt, ranks: result.ranks,
      workers: result.workers, shards: result.shards, steps: speeds.count, warmUpSteps: warmUp,
      imagesPerSecond: Self.percentile(50, of: speeds),
      imagesPerSecondTenthPercentile: Self.percentile(10, of: speeds),
      imagesPerSecondNinetiethPercentile: Self.percentile(90, of: speeds),
      bytesSentPerStep: Int(median { Double($0.bytesSent) }),
      secondsExchangingPerStep: median(\.secondsExchanging),
      secondsExposedPerStep: median(\.secondsExposed))
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

  private struct Report: Encodable {
    let model: String
    let batchSize: Int
    let optimizer: String
    let ranks: Int
    /// Of all ranks together.
    let workers: Int
    let shards: Int
    let steps: Int
    let warmUpSteps: Int
    /// The median over the steps.
    let imagesPerSecond: Double
    let imagesPerSecondTenthPercentile: Double
    let imagesPerSecondNinetiethPercentile: Double
    /// Medians over the steps, as the first rank sees them: what it sent to others, for how long
    /// gradients were exchanged, and how long that was while no worker computed.
    let bytesSentPerStep: Int
    let secondsExchangingPerStep: Double
    let secondsExposedPerStep: Double

    func text() -> String {
      TextTable(
        columns: [
          .left("Model"), .right("Batch"), .left("Optimizer"), .right("Ranks"), .right("Workers"),
          .right("Shards"),
          .right("Steps"), .right("Images/s (median)"), .right("10th percentile"),
          .right("90th percentile"), .right("Sent/step, MB"), .right("Exchange, ms"),
          .right("Exposed, ms"),
        ],
        rows: [
          [
            model, "\(batchSize)", optimizer, "\(ranks)", "\(workers)", "\(shards)", "\(steps)",
            Int(imagesPerSecond).grouped, Int(imagesPerSecondTenthPercentile).grouped,
            Int(imagesPerSecondNinetiethPercentile).grouped,
            decimals(Double(bytesSentPerStep) / 1e6, 2),
            decimals(secondsExchangingPerStep * 1e3, 2),
            decimals(secondsExposedPerStep * 1e3, 2),
          ]
        ]
      ).text
    }
  }
}

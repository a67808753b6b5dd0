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
        tandem bench --model googlenet --forward-only --steps 20
        mpirun -n 2 tandem bench --model lenet --steps 20 --trace trace.json
      """
  )

  @Option(help: ArgumentHelp("The network.", valueName: "name"), completion: .models)
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
      "The optimizer, one of \(AnyOptimizer.names.joined(separator: ", ")). (default: adam)",
      valueName: "name"))
  var opt: String?

  @Flag(
    help: "Time forward passes alone, as at inference, of images that are in memory already.")
  var forwardOnly = false

  @Flag(
    help: ArgumentHelp(
      "Wait as long as computing takes instead of computing, to time the exchange of more ranks than "
        + "there are cores for."))
  var emulateCompute = false

  @OptionGroup
  var shape: ModelShapeOptions

  @OptionGroup
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

  @Option(help: ArgumentHelp("Decides weights and data.", valueName: "n"))
  var seed: UInt64 = 0

  @Flag(help: "Also tell what each operator of each layer costs.")
  var layers = false

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write what each worker of all ranks did, and when, to a file for ui.perfetto.dev or "
        + "chrome://tracing.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var trace: String?

  func validate() throws {
    // Each of the three is at most 32 bits long, so neither the sum nor the product overflows.
    guard batchSize * (steps + warmUp) <= Int32.max else {
      throw ValidationError(
        "--batch-size \(batchSize) for \(steps + warmUp) steps is more than \(Int32.max) images; "
          + "use fewer --steps or a smaller --batch-size")
    }
    if emulateCompute, layers {
      throw ValidationError(
        "--layers tells what computing takes; leave it out with --emulate-compute, which does not compute"
      )
    }
    let ofOnePlan = [("--layers", layers), ("--trace", trace != nil)]
    for (option, isGiven) in ofOnePlan where isGiven && (mesh.inPieces.pieces ?? 1) > 1 {
      throw ValidationError(
        "\(option) is for devices that compute a mini-batch at once; leave it out with --pieces")
    }
    let ofTraining = [
      ("--emulate-compute", emulateCompute),
      ("--opt", opt != nil), ("--shards", shards.shards != nil),
      ("--micro-batch-size", shards.microBatchSize != nil),
      ("--wire", exchange.wire.wire != .float32),
      ("--mesh", mesh.mesh != nil), ("--parallelism", mesh.parallelism != .data),
      ("--pieces", mesh.inPieces.pieces != nil),
    ]
    for (option, isGiven) in ofTraining where forwardOnly && isGiven {
      throw ValidationError("\(option) is for training steps; leave it out with --forward-only")
    }
  }

  func run(_: Void, in job: Job) throws {
    let trace = trace.map(TraceFile.init)
    if job.rank == 0 { try trace?.check() }
    let setting = BenchSetting(
      network: try shape.network(named: model), batchSize: batchSize, steps: steps,
      warmUpSteps: warmUp, seed: seed, precision: precision.precision,
      detail: layers || trace != nil ? .operators : .phases,
      computing: emulateCompute ? .emulated : .real)
    let options = forwardOnly ? nil : try options(setting, job)
    let bench: any BenchRun =
      if let options {
        try TrainingBench(setting, options: options, job: job)
      } else {
        try ForwardBench(setting, workers: workers.workers, job: job)
      }
    // Those of workers that have to share cores, which they do not while they wait.
    if job.rank == 0, !emulateCompute { StandardErrorLog.warn(bench.warnings) }
    if job.rank == 0 {
      StandardErrorLog.warn(LibraryNotes.warnings(setting.precision))
    }
    let cpus = try JobMap(job).pinnableCPUs(ofRank: job.rank)
    let workersHere = bench.workers.counts[job.rank]
    var peak = MultiplyAddPeak()
    func measurePeak() throws {
      if setting.computing == .emulated { return }
      try peak.measure(job, workers: workersHere, pinnedTo: cpus)
    }
    try measurePeak()
    let result = try bench.run()
    try measurePeak()
    let memory = try job.gather("comparing memory", ProcessMemory.peakBytes)
    try trace?.write(result.timelines, steps: setting.timedSteps, job: job)
    guard job.rank == 0 else { return }
    let report = try BenchReport(
      setting, model: model, optimizer: forwardOnly ? nil : opt ?? Self.defaultOptimizer,
      wire: forwardOnly ? nil : exchange.wire.wire, mesh: bench.mesh,
      parallelism: options?.parallelism,
      workers: bench.workers, shards: bench.shards, result: result, peak: peak,
      peakMemoryBytes: memory.compactMap(\.self).max(), listsOperators: layers)
    if json {
      try printJSON(report)
    } else {
      printReport(report.text())
    }
  }

  private static let defaultOptimizer = "adam"

  /// The options of training steps. All ranks call this.
  private func options(_ setting: BenchSetting, _ job: Job) throws -> TrainingOptions {
    var options = TrainingOptions()
    options.optimizer = try AnyOptimizer(named: opt ?? Self.defaultOptimizer)
    options.workers = workers.workers
    shards.apply(to: &options)
    exchange.apply(to: &options)
    options.batchSize = setting.batchSize
    options.precision = setting.precision
    try mesh.apply(
      to: &options, setting.network, images: batchSize * (steps + warmUp), in: job)
    return options
  }
}

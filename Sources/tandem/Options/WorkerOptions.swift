import ArgumentParser
import Logging
import Tandem

/// How the work is spread over cores.
struct WorkerOptions: ParsableArguments {
  @Option(
    name: [.customShort("j"), .long],
    help: ArgumentHelp(
      "Threads of each rank that compute. (default: the physical cores it may use)", valueName: "n"),
    transform: atLeast(1))
  var workers: Int?

  /// For inference; a trainer has warnings of its own.
  func warnAboutSharedCores() {
    let cores = CPUTopology.current().usableCores
    guard let workers, workers > cores else { return }
    let log = Logger(label: "tandem.tool")
    log.warning(
      "\(workers) workers share \(counted(cores, "core")), which is slower than one worker per core"
    )
  }
}

/// How a mini-batch is cut up.
struct ShardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Parts of a batch whose gradients are summed; the same number gives the same weights, bit for "
        + "bit, for any --workers and ranks. (default: one per worker)", valueName: "n"),
    transform: atLeast(1))
  var shards: Int?
}

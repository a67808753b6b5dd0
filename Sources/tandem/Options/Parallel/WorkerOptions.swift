import ArgumentParser
import Tandem

/// How the work is spread over cores.
struct WorkerOptions: ParsableArguments {
  @Option(
    name: [.customShort("j"), .long],
    help: ArgumentHelp(
      "Threads of each rank that compute. (default: the physical cores that it need not share with other ranks)",
      valueName: "n"),
    transform: atLeast(1))
  var workers: Int?
}

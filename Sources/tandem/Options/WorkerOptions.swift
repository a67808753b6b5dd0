import ArgumentParser
import Tandem

/// How the work is spread over cores.
struct WorkerOptions: ParsableArguments {
  @Option(
    name: [.customShort("j"), .long],
    help: ArgumentHelp(
      "Threads that compute. (default: the physical cores this process may use)", valueName: "n"),
    transform: atLeast(1))
  var workers: Int?
}

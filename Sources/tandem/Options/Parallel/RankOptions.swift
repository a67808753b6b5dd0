import ArgumentParser
import Tandem

/// How the ranks of an `mpirun` job wait for each other.
struct RankOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Seconds without a sign of life from another rank after which the job ends. (default: 120)",
      valueName: "s"),
    transform: atLeast(1))
  var stallTimeout = 120

  @Option(
    help: ArgumentHelp(
      "Seconds that MPI may take to start and all ranks to meet before the job ends. (default: 120)",
      valueName: "s"),
    transform: atLeast(1))
  var startTimeout = 120
}

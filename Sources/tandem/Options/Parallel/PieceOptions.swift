import ArgumentParser
import Tandem
import TandemNetwork

/// How dense layers divide a mini-batch.
struct PieceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "With hybrid parallelism: the parts of a batch that dense layers compute one after the other. "
        + "(default: 1)", valueName: "n"),
    transform: atLeast(1, atMost: 1024))
  var pieces: Int?
}

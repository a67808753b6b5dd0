import ArgumentParser
import Tandem

/// A wider or narrower form of a network of the zoo.
struct WidthOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Multiply the numbers of channels and hidden units with this. (default: 1)",
      valueName: "factor"))
  var width: Double?

  /// For commands that were given no `--model`.
  func requireModel() throws {
    if width != nil { throw ValidationError("--width belongs to a --model; name it too") }
  }

  /// - Throws: `ZooError`.
  func network(named name: String, input: Shape?, classes: Int?) throws -> Network {
    try Zoo.network(named: name, input: input, classes: classes, width: width ?? 1)
  }
}

import ArgumentParser
import Tandem
import TandemNetwork

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

  /// A network of the zoo with as many outputs as weights have.
  /// - Throws: `ZooError`.
  func network(named name: String, for file: ModelFile) throws -> Network {
    let network = try network(named: name, input: nil, classes: nil)
    guard let head = try network.graph().headNodes.last,
      let outputs = file.tensors["\(head.name).weight"]?.shape.dimensions.first
    else { return network }
    return try self.network(named: name, input: nil, classes: outputs)
  }

  /// - Throws: `ZooError`.
  func network(named name: String, input: Shape?, classes: Int?) throws -> Network {
    try Zoo.network(named: name, input: input, classes: classes, width: width ?? 1)
  }
}

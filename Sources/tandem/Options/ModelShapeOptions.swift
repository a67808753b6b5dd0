import ArgumentParser
import Tandem

/// A network of the zoo for other images or classes than it was made for, or of another width;
/// spelled as timm does.
struct ModelShapeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("One image's shape instead of the network's own.", valueName: "CxHxW"),
    transform: imageShape)
  var inputSize: Shape?

  @Option(
    help: ArgumentHelp("Number of classes instead of the network's own.", valueName: "n"),
    transform: atLeast(1))
  var numClasses: Int?

  @OptionGroup
  var width: WidthOptions

  static let names = "--input-size, --num-classes and --width"

  var isGiven: Bool { inputSize != nil || numClasses != nil || width.width != nil }

  func network(named name: String) throws -> Network {
    try width.network(named: name, input: inputSize, classes: numClasses)
  }
}

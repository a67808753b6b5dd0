import TandemNetwork
import TandemTensor

/// The networks that come with Tandem: a function for each family, which programs call, and a name
/// for each network, for the command line and files. Adding one is a file for its family and a line
/// here.
public enum Zoo {
  /// All networks by their names.
  public static let models: [ZooEntry] =
    [mlpEntry, simpleConvNetEntry, leNetEntry, mnistCNNEntry, cifarQuickEntry]
    + catsDogs
    + leNet5s
    + alexNets
    + vggs
    + googLeNets
    + [inceptionV4Entry]
    + resNets
    + cifarResNets
    + [resNet9Entry]
    + kernelStacks
    + channelReductions
    + activationTwins
    + [head256Entry]

  /// Builds a network by its name, for its own or another input shape and number of classes.
  /// - Parameters:
  ///   - input: `[C, H, W]`
  ///   - width: what the numbers of channels and hidden units are multiplied with.
  /// - Throws: `ZooError.unknownModel` with the names that are nearest, `ZooError.width`,
  ///   `ZooError.classes`.
  public static func network(
    named name: String, input: Shape? = nil, classes: Int? = nil, width: Double = 1
  ) throws -> Network {
    try entry(named: name).make(input: input, classes: classes, width: width)
  }

  /// - Throws: `ZooError.unknownModel` with the names that are nearest.
  public static func entry(named name: String) throws -> ZooEntry {
    if let entry = models.first(where: { $0.name == name }) { return entry }
    throw ZooError.unknownModel(
      name: name, nearest: nearestNames(to: name, among: models.map(\.name)))
  }
}

import TandemNetwork
import TandemTensor

/// The networks that come with Tandem. Adding one is a file for its family and a line here.
public enum Zoo {
  public static let models: [ZooEntry] = [
    mlp,
    simpleConvNet,
    leNet,
    mnistCNN,
    cifarQuick,
  ]

  /// Builds a network by its name, for its own or another input shape and number of classes.
  /// - Parameter input: `[C, H, W]`
  /// - Throws: `ZooError.unknownModel` with the names that are nearest.
  public static func network(
    named name: String, input: Shape? = nil, classes: Int? = nil
  ) throws -> Network {
    try entry(named: name).make(input: input, classes: classes)
  }

  /// - Throws: `ZooError.unknownModel` with the names that are nearest.
  public static func entry(named name: String) throws -> ZooEntry {
    if let entry = models.first(where: { $0.name == name }) { return entry }
    throw ZooError.unknownModel(
      name: name, nearest: nearestNames(to: name, among: models.map(\.name)),
      known: models.map(\.name))
  }
}

public enum ZooError: Error, Hashable, CustomStringConvertible {
  case unknownModel(name: String, nearest: [String], known: [String])

  public var description: String {
    switch self {
    case .unknownModel(let name, let nearest, let known):
      nearest.isEmpty
        ? "there is no model \"\(name)\"; the models are \(known.joined(separator: ", "))"
        : "there is no model \"\(name)\"; did you mean \(nearest.joined(separator: " or "))?"
    }
  }
}

import TandemNetwork
import TandemTensor

/// One network that the zoo can build.
public struct ZooEntry: Sendable {
  /// What `--model` takes: `simple-convnet`.
  public let name: String
  /// Networks of one source file.
  public let family: String
  /// One line about where it comes from.
  public let summary: String
  /// The `[C, H, W]` it was made for.
  public let inputShape: Shape
  /// The number of classes it was made for.
  public let classes: Int
  private let build: @Sendable (_ name: String, _ input: Shape, _ classes: Int) -> Network

  init(
    _ name: String, family: String, summary: String, input: Shape, classes: Int,
    build: @escaping @Sendable (_ name: String, _ input: Shape, _ classes: Int) -> Network
  ) {
    self.name = name
    self.family = family
    self.summary = summary
    self.inputShape = input
    self.classes = classes
    self.build = build
  }

  /// The network, for its own or another input and number of classes. Whether it takes that input,
  /// `Network.graph()` says.
  /// - Parameter input: `[C, H, W]`
  public func make(input: Shape? = nil, classes: Int? = nil) -> Network {
    build(name, input ?? inputShape, classes ?? self.classes)
  }
}

import TandemNetwork
import TandemTensor

/// One network of the zoo by its name: what the command line and files know it by.
public struct ZooEntry: Sendable {
  /// The name by which it is found: `simple-convnet`.
  public let name: String
  /// Networks of one source file.
  public let family: String
  /// One line about where it comes from.
  public let summary: String
  /// The `[C, H, W]` it was made for.
  public let inputShape: Shape
  /// The number of classes it was made for.
  public let classes: Int
  /// Whether it can be built wider and narrower than published.
  public let hasWidth: Bool
  /// The number of its outputs: one for each class, or a single one that tells two apart.
  package var outputs: Int { hasOneOutput ? 1 : classes }
  private let hasOneOutput: Bool
  private let build: @Sendable (ZooPlan) -> Network

  /// - Parameter build: calls the family's function.
  init(
    _ name: String, family: String, summary: String, input: Shape, classes: Int,
    hasWidth: Bool = true, hasOneOutput: Bool = false,
    build: @escaping @Sendable (ZooPlan) -> Network
  ) {
    self.name = name
    self.family = family
    self.summary = summary
    self.inputShape = input
    self.classes = classes
    self.hasWidth = hasWidth
    self.hasOneOutput = hasOneOutput
    self.build = build
  }

  /// The network, for its own or another input and number of classes. Whether it takes that input,
  /// `Network.graph()` says. One with a single output tells two classes apart whatever is asked
  /// for.
  /// - Parameter input: `[C, H, W]`
  public func make(input: Shape? = nil, classes: Int? = nil) -> Network {
    build(plan(input, classes, width: 1))
  }

  /// The same with the numbers of channels and of hidden units multiplied.
  /// - Parameter width: the factor, above 0.
  /// - Throws: `ZooError.width`; `ZooError.classes` for other than two where there is one output.
  public func make(input: Shape? = nil, classes: Int? = nil, width: Double) throws -> Network {
    guard ZooPlan.takes(width: width), hasWidth || width == 1 else {
      throw ZooError.width(name: name, width: width, hasWidth: hasWidth)
    }
    if hasOneOutput, let classes, classes != 2 {
      throw ZooError.classes(name: name, classes: classes)
    }
    return build(plan(input, classes, width: width))
  }

  private func plan(_ input: Shape?, _ classes: Int?, width: Double) -> ZooPlan {
    ZooPlan(name, input: input ?? inputShape, classes: classes ?? self.classes, width: width)
  }
}

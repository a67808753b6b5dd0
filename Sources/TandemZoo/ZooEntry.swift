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
  /// Whether it can be built wider and narrower than published.
  public let hasWidth: Bool
  private let build: @Sendable (ZooPlan) -> Network

  init(
    _ name: String, family: String, summary: String, input: Shape, classes: Int,
    build: @escaping @Sendable (_ name: String, _ input: Shape, _ classes: Int) -> Network
  ) {
    self.init(
      name, family: family, summary: summary, input: input, classes: classes, hasWidth: false
    ) { plan in
      build(plan.name, plan.input, plan.classes)
    }
  }

  init(
    _ name: String, family: String, summary: String, input: Shape, classes: Int,
    hasWidth: Bool = true, build: @escaping @Sendable (ZooPlan) -> Network
  ) {
    self.name = name
    self.family = family
    self.summary = summary
    self.inputShape = input
    self.classes = classes
    self.hasWidth = hasWidth
    self.build = build
  }

  /// The network, for its own or another input and number of classes. Whether it takes that input,
  /// `Network.graph()` says.
  /// - Parameter input: `[C, H, W]`
  public func make(input: Shape? = nil, classes: Int? = nil) -> Network {
    build(plan(input, classes, width: 1))
  }

  /// The same with the numbers of channels and of hidden units multiplied.
  /// - Parameter width: the factor, above 0.
  /// - Throws: `ZooError.width`.
  public func make(input: Shape? = nil, classes: Int? = nil, width: Double) throws -> Network {
    guard width > 0, width <= 64, hasWidth || width == 1 else {
      throw ZooError.width(name: name, width: width, hasWidth: hasWidth)
    }
    return build(plan(input, classes, width: width))
  }

  private func plan(_ input: Shape?, _ classes: Int?, width: Double) -> ZooPlan {
    ZooPlan(
      name: name, input: input ?? inputShape, classes: classes ?? self.classes, width: width)
  }
}

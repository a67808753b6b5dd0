import TandemTensor

/// The description of a network: a value without memory or threads, cheap to make, to compare, to
/// print (as the Swift source that makes it) and to store as JSON.
///
/// ```swift
/// let network = Network("simple-convnet", input: [1, 28, 28]) {   // [N,1,28,28]
///   Conv2D(30, kernel: 5)          // → [N,30,24,24]
///   ReLU()
///   MaxPool2D(2)                   // → [N,30,12,12]
///   Dense(10)                      // → [N,10]
/// }
/// let graph = try network.graph()
/// ```
public struct Network: Hashable, Sendable {
  public let name: String
  /// One image, `[C, H, W]`, or one vector of features, `[F]`.
  public let inputShape: Shape
  public let elements: [NetworkElement]

  /// Nothing is checked here; `graph()` does.
  public init(
    _ name: String, input: Shape, @NetworkBuilder _ content: () -> [NetworkElement]
  ) {
    self.init(name: name, inputShape: input, elements: content())
  }

  public init(name: String, inputShape: Shape, elements: [NetworkElement]) {
    self.name = name
    self.inputShape = inputShape
    self.elements = elements
  }

  /// The layers as a graph with every name and shape.
  /// - Throws: `NetworkError` that names the path of the first layer that does not fit, and shapes.
  public func graph() throws -> NetworkGraph {
    try GraphConstruction.graph(of: self)
  }

  /// This network with every dropout's rate replaced. A rate of 0 removes the dropout layers (one
  /// that stands alone in a branch stays, with rate 0). Names of other layers do not change.
  public func withDropout(_ rate: Float) -> Network {
    Network(
      name: name, inputShape: inputShape, elements: Self.withDropout(rate, elements))
  }

  private static func withDropout(_ rate: Float, _ elements: [NetworkElement]) -> [NetworkElement] {
    let changed = elements.map { element in
      var element = element
      switch element.content {
      case .layer(let box):
        if box.layer is Dropout { element.content = .layer(AnyLayer(Dropout(rate))) }
      case .block(let inner):
        element.content = .block(withDropout(rate, inner))
      case .concat(let branches):
        element.content = .concat(
          branches.map { Branch(name: $0.name, elements: withDropout(rate, $0.elements)) })
      case .residual(let main, let shortcut, let shortcutName):
        element.content = .residual(
          main: withDropout(rate, main), shortcut: withDropout(rate, shortcut),
          shortcutName: shortcutName)
      }
      return element
    }
    guard rate == 0 else { return changed }
    let remaining = changed.filter { element in
      guard case .layer(let box) = element.content else { return true }
      return !(box.layer is Dropout)
    }
    return remaining.isEmpty ? changed : remaining
  }
}

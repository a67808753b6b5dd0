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
    let changed = replacingElements { element in
      guard element.isDropout else { return element }
      return NetworkElement(name: element.name, .layer(AnyLayer(Dropout(rate))))
    }
    return rate == 0 ? changed.replacingElements { $0.isDropout ? nil : $0 } : changed
  }

  /// Whether it has a dropout whose rate `withDropout` would replace.
  public var hasDropout: Bool {
    var found = false
    _ = replacingElements { element in
      if element.isDropout { found = true }
      return element
    }
    return found
  }

  /// This network without auxiliary branches, as it is at inference. Names of other layers do not
  /// change.
  public func withoutAuxiliaries() -> Network {
    replacingElements { element in
      switch element.content {
      case .auxiliary: nil
      // One that stands alone in its stage.
      case .stage(_, let inner) where inner.allSatisfy(\.isAuxiliary): nil
      case .placed(_, let inner) where inner.allSatisfy(\.isAuxiliary): nil
      default: element
      }
    }
  }

  /// This network with the statistics of all batch normalizations taken over all logical shards of
  /// a mini-batch, or over each on its own.
  public func withBatchNormAcrossShards(_ acrossShards: Bool = true) -> Network {
    replacingElements { element in
      guard case .layer(let box) = element.content,
        let layer = box.layer.summing(acrossShards: acrossShards)
      else { return element }
      return NetworkElement(name: element.name, .layer(AnyLayer(layer)))
    }
  }

  /// This network with `change` made to every element, innermost first; nil removes an element,
  /// unless nothing would remain beside it.
  func replacingElements(
    _ change: (NetworkElement) -> NetworkElement?
  ) -> Network {
    Network(name: name, inputShape: inputShape, elements: Self.replacing(elements, change))
  }

  private static func replacing(
    _ elements: [NetworkElement], _ change: (NetworkElement) -> NetworkElement?
  ) -> [NetworkElement] {
    let inner = elements.map { element in
      var element = element
      switch element.content {
      case .layer: break
      case .block(let inner):
        element.content = .block(replacing(inner, change))
      case .stage(let title, let inner):
        element.content = .stage(title: title, replacing(inner, change))
      case .placed(let placement, let inner):
        element.content = .placed(placement, replacing(inner, change))
      case .auxiliary(let inner, let weight):
        element.content = .auxiliary(replacing(inner, change), weight: weight)
      case .concat(let branches):
        element.content = .concat(
          branches.map { Branch(name: $0.name, elements: replacing($0.elements, change)) })
      case .residual(let main, let shortcut, let shortcutName):
        element.content = .residual(
          main: replacing(main, change), shortcut: replacing(shortcut, change),
          shortcutName: shortcutName)
      }
      return element
    }
    let changed = inner.compactMap(change)
    return changed.isEmpty ? inner : changed
  }
}

extension NetworkElement {
  var isAuxiliary: Bool {
    if case .auxiliary = content { true } else { false }
  }

  fileprivate var isDropout: Bool {
    guard case .layer(let box) = content else { return false }
    return box.layer is Dropout
  }
}

/// A layer of any kind as a value that can be compared and stored.
public struct AnyLayer: Hashable, Sendable {
  public let layer: any Layer

  public init(_ layer: any Layer) {
    self.layer = layer
  }

  public static func == (left: AnyLayer, right: AnyLayer) -> Bool {
    AnyHashable(left.layer) == AnyHashable(right.layer)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(AnyHashable(layer))
  }
}

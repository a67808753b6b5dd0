import TandemTensor

/// Why a layer cannot take an input.
public struct LayerError: Error, Hashable, CustomStringConvertible {
  /// What does not fit and what would, without the layer's name: the graph adds that.
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}

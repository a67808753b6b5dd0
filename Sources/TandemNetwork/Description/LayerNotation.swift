/// How tables in papers write a layer: `3×3, 64, stride 2`.
public struct LayerNotation: Hashable, Sendable {
  /// Without the stride: `3×3, 64` of a convolution, `3×3 max pool`, `fc 4096`.
  public var text: String
  public var stride: Size2D

  public init(_ text: String, stride: Size2D = 1) {
    self.text = text
    self.stride = stride
  }

  var fullText: String {
    if stride == 1 { return text }
    return "\(text), stride "
      + (stride.height == stride.width ? "\(stride.height)" : stride.description)
  }
}

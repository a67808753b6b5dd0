import TandemTensor

/// All elements in one row, in the order `[C, H, W]`: → `[C · H · W]`.
public struct Flatten: Layer {
  public static let kind = "flatten"

  public init() {}

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    [try onlyInput(inputs).elementCount]
  }

  public var description: String { "Flatten()" }
}

import TandemTensor

/// The hyperbolic tangent, element by element; any shape.
public struct Tanh: Layer {
  public static let kind = "tanh"

  public init() {}

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(inputs)
  }

  public var worksInPlace: Bool { true }

  public var description: String { "Tanh()" }
}

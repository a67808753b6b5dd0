import TandemTensor

/// The squashing function 1.7159 · tanh(2/3 · x) of LeNet-5, element by element; any shape. Its
/// constants make f(±1) = ±1 (LeCun et al. 1998, "Gradient-based learning applied to document
/// recognition", appendix A).
public struct ScaledTanh: Layer {
  public static let kind = "scaled-tanh"
  public static let namePrefix = "tanh"

  /// A, the largest value.
  public static let amplitude: Float = 1.7159
  /// S, the slope at 0 divided by A.
  public static let slope: Float = 2.0 / 3

  public init() {}

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(inputs)
  }

  public var worksInPlace: Bool { true }

  public var description: String { "ScaledTanh()" }
}

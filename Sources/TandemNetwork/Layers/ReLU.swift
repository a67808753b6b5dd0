import TandemTensor

/// The rectifier max(x, 0), element by element; any shape (Nair and Hinton 2010).
/// The gradient at 0 is 0.
public struct ReLU: Layer {
  public static let kind = "relu"

  public init() {}

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(inputs)
  }

  public var worksInPlace: Bool { true }
  public var guided: (any Layer)? { GuidedReLU() }

  public var description: String { "ReLU()" }
}

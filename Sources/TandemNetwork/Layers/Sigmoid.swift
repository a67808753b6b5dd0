import TandemTensor

/// The logistic function 1 / (1 + e⁻ˣ), element by element; any shape.
public struct Sigmoid: Layer {
  public static let kind = "sigmoid"

  public init() {}

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(inputs)
  }

  public var worksInPlace: Bool { true }

  public var outputMeaning: OutputMeaning? { .probabilities }

  public var description: String { "Sigmoid()" }
}

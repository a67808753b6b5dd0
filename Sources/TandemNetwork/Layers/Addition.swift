import TandemTensor

/// Adds branches of the same shape, element by element. Networks get it by `Residual`.
package struct Addition: Layer {
  package static let kind = "addition"

  package init() {}

  package func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    guard inputs.count >= 2 else {
      throw LayerError("adds two or more branches, but has \(inputs.count); use Residual { … }")
    }
    for input in inputs.dropFirst() where input != inputs[0] {
      throw LayerError(
        "cannot add \(inputs[0]) and \(input): both branches must end in the same shape")
    }
    return inputs[0]
  }

  package var description: String { "Addition()" }
}

import TandemTensor

/// A batch normalization whose parameters are frozen: in training, too, it normalises with the
/// running statistics, which stay as they are; `[C, H, W]` → `[C, H, W]`.
///
/// Part of a graph that was made by `NetworkGraph.freezing`, never of a description. No image's
/// output depends on other images, so shards may be computed in parts.
package struct FrozenBatchNorm2D: Layer {
  package static let kind = BatchNorm2D.kind
  package static let namePrefix = BatchNorm2D.namePrefix

  package let base: BatchNorm2D
  /// Whether something before it is trained, so that a gradient goes through it.
  package let passesGradient: Bool

  package func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try base.outputShape(for: inputs)
  }

  package func parameters(for inputs: [Shape]) -> [Parameter] {
    base.parameters(for: inputs).map { $0.with(role: .frozen) }
  }

  package var description: String { base.description }
}

import COneDNN
import TandemNetwork

/// A dense layer whose weight gradient is not computed by replicas: they write its two factors, the
/// layer's input X `[N, I]` and the gradient of its output Δ `[N, O]`, and whoever updates some
/// rows of the weights computes their gradient Δᵀ·X over the images of the whole step at once.
///
/// For a large layer the factors are far smaller than the gradient, in memory and on the wire: Xie
/// et al. 2015, https://arxiv.org/abs/1511.08486, "sufficient factors".
///
/// Rows of the factors, one per image, begin at cache lines.
package struct FactoredWeight: Hashable, Sendable {
  /// The layer's weights `[O, I]`.
  package let entry: ParameterLayout.Entry
  package let inputs: Int
  package let outputs: Int

  /// Outputs whose gradients are computed at once. Few, so that the gradients are in the cache when
  /// they are used; four times as many were measured to be no faster.
  package static let outputsAtOnce = 16

  /// nil for parameters other than the weights of a dense layer.
  package init?(_ entry: ParameterLayout.Entry, of graph: NetworkGraph) {
    let parameter = graph.nodes[entry.nodeIndex].layer.factoredParameter
    guard parameter == entry.parameter.name else { return nil }
    self.entry = entry
    inputs = entry.parameter.shape[1]
    outputs = entry.parameter.shape[0]
  }

  /// Elements from one image's input to the next one's.
  package var inputStride: Int { Self.aligned(inputs) }
  /// Elements from one image's output gradient to the next one's.
  package var outputStride: Int { Self.aligned(outputs) }

  private static func aligned(_ elements: Int) -> Int {
    let line = ParameterLayout.alignmentElements
    return (elements + line - 1) / line * line
  }

  /// The elements of the arena whose gradients are computed together: whole rows of weights. A pure
  /// function of the layer, so that a gradient has the same bits whoever computes it.
  package var blocks: [Range<Int>] {
    stride(from: 0, to: outputs, by: Self.outputsAtOnce).map { first in
      let last = min(first + Self.outputsAtOnce, outputs)
      return entry.offset + first * inputs..<entry.offset + last * inputs
    }
  }

  /// The most elements of a block.
  package var blockElements: Int { min(outputs, Self.outputsAtOnce) * inputs }

  /// Computes the gradient of a block of weights, the sum over images.
  ///
  /// - Parameters:
  ///   - block: one of `blocks`.
  ///   - factors: of the first image.
  ///   - gradient: `block.count` elements.
  /// - Throws: `ExecutionError`.
  package func computeGradient(
    of block: Range<Int>, images: Int, factors: FactorRows,
    into gradient: UnsafeMutablePointer<Float>
  ) throws {
    OneDNN.useOneThreadHere()
    let first = (block.lowerBound - entry.offset) / inputs
    try OneDNN.check(
      onednn_transposed_product(
        gradient, factors.outputGradient + first, factors.input, Int64(block.count / inputs),
        Int64(inputs), Int64(images), Int64(outputStride), Int64(inputStride), false),
      "computing the gradient of \(entry.name)")
  }
}

import CKernels
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

  /// Outputs whose gradients are computed at once: the rows of two tiles of AVX-512, or of one
  /// where two would be more than a mebibyte; see `Products/products.h`. Few, so that the gradients
  /// are in a cache when they are used. So few rows are what our product is faster for: 225 GFLOP/s
  /// of one core for 9,216 → 4,096 and 128 images, 220 for 4,096 → 4,096, oneDNN's with 16 rows 223
  /// and 170.
  package var outputsAtOnce: Int {
    let tile = 14
    return 2 * tile * inputs <= 1 << 18 ? 2 * tile : tile
  }

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
    stride(from: 0, to: outputs, by: outputsAtOnce).map { first in
      let last = min(first + outputsAtOnce, outputs)
      return entry.offset + first * inputs..<entry.offset + last * inputs
    }
  }

  /// The most elements of a block.
  package var blockElements: Int { min(outputs, outputsAtOnce) * inputs }

  /// Computes the gradient of a block of weights, the sum over images.
  ///
  /// - Parameters:
  ///   - block: one of `blocks`.
  ///   - factors: of the first image.
  ///   - gradient: `block.count` elements.
  package func computeGradient(
    of block: Range<Int>, images: Int, factors: FactorRows,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    let first = (block.lowerBound - entry.offset) / inputs
    tandem_multiply(
      factors.outputGradient + first, factors.input, gradient,
      tandem_product(
        rows: block.count / inputs, columns: inputs, terms: images, left_row: 1,
        left_term: outputStride, right_row: inputStride, result_row: inputs, adds: false,
        set: LaneChoice.instructions))
  }
}

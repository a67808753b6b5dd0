import TandemExecution
import TandemNetwork

/// How many of a shard's images a worker computes at once.
///
/// A shard may be computed in parts, micro-batches, whose gradients are added up: the activations
/// of one part only are in memory. That costs an addition of gradients for each part.
///
/// Batch normalization normalizes over the images that are computed at once, so networks that have
/// it compute whole shards.
package enum MicroBatch {
  /// Shards with more bytes of activations than a plan should keep are computed in parts; those of
  /// AlexNet, 64 images, are not: each part reads all weights of dense layers again. A pure
  /// function of what all ranks have in common, as the bits of the weights depend on it.
  ///
  /// - Parameters:
  ///   - asked: by the user; nil to decide by memory.
  ///   - shardImages: the most that a shard has.
  /// - Returns: the most images of a micro-batch; nil where shards are computed as a whole.
  /// - Throws: `TrainingError.microBatchNormalization`.
  package static func size(
    asked: Int?, graph: NetworkGraph, precision: Precision = .float32, shardImages: Int
  ) throws -> Int? {
    let size = asked ?? max(1, Plan.mostActivationBytes / activationBytes(graph, precision))
    if size >= shardImages { return nil }
    guard let node = graph.nodes.first(where: \.layer.needsWholeBatch) else { return size }
    if asked == nil { return nil }
    throw TrainingError.microBatchNormalization(layer: node.name, shardImages: shardImages)
  }

  /// Bytes of one image's activations that forward keeps for backward, nearly: layers that work in
  /// place have none of their own.
  static func activationBytes(_ graph: NetworkGraph, _ precision: Precision) -> Int {
    let elements = graph.nodes.reduce(graph.inputShape.elementCount) { elements, node in
      elements + (node.layer.worksInPlace ? 0 : node.outputShape.elementCount)
    }
    return elements * (precision == .bfloat16 ? 2 : 4)
  }
}

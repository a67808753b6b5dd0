import TandemCollectives
import TandemExecution

/// Which images of a step the shards of each rank hold: all mini-batches of a step are full, but for
/// the last one.
package struct BatchRows: Hashable, Sendable {
  package let batchSize: Int
  package let division: ShardDivision

  package init(batchSize: Int, division: ShardDivision) {
    self.batchSize = batchSize
    self.division = division
  }

  /// The mini-batches of a step with so many images: for each the images of the step that the shards
  /// `shards` hold.
  package func rows(ofShards shards: Range<Int>, images: Int) -> [Range<Int>] {
    stride(from: 0, to: images, by: batchSize).map { start in
      let count = min(batchSize, images - start)
      guard let first = shards.first, let last = shards.last else { return start..<start }
      let rows =
        division.range(ofShard: first, images: count)
        .lowerBound..<division.range(ofShard: last, images: count).upperBound
      return start + rows.lowerBound..<start + rows.upperBound
    }
  }
}

/// Gives the factors of weight gradients to all ranks: each has those of the images that its shards
/// hold.
///
/// Safe to share: constant; called by the thread that has the communicator.
struct FactorTransfer: Sendable {
  private let factored: FactoredGradients
  private let rank: Int
  private let shards: [Range<Int>]
  private let batches: BatchRows

  init(_ factored: FactoredGradients, rank: Int, shards: [Range<Int>], batches: BatchRows) {
    self.factored = factored
    self.rank = rank
    self.shards = shards
    self.batches = batches
  }

  /// Starts the operations after which all ranks have the factors of all images of a step, two for
  /// each mini-batch.
  func startSending(
    _ index: Int, images: Int, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    let weight = factored.weights[index]
    let place = factored.rows(index, from: 0)
    let rowsOfRanks = shards.map { batches.rows(ofShards: $0, images: images) }
    return try rowsOfRanks[rank].indices.flatMap { batch in
      func parts(_ stride: Int) -> [Range<Int>] {
        rowsOfRanks.map { rows in
          rows[batch].lowerBound * stride..<rows[batch].upperBound * stride
        }
      }
      return [
        try communicator.startAllGather(
          .gradients, place.input, parts: parts(weight.inputStride)),
        try communicator.startAllGather(
          .gradients, place.outputGradient, parts: parts(weight.outputStride)),
      ]
    }
  }

  /// The bytes that this rank sends in one step.
  func bytesSent(images: Int) -> Int {
    let own = batches.rows(ofShards: shards[rank], images: images).reduce(0) { $0 + $1.count }
    return factored.weights.reduce(0) { bytes, weight in
      bytes + own * (weight.inputStride + weight.outputStride) * MemoryLayout<Float>.size
        * (shards.count - 1)
    }
  }
}

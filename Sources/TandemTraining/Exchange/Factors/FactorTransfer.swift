import TandemCollectives
import TandemExecution

/// Gives the factors of weight gradients to all ranks: each has those of the images that its shards
/// hold.
///
/// In bfloat16 they travel through memory of their own: each rank packs the factors of its images,
/// and unpacks those of the others.
///
/// Safe to share: constant but for the packed rows, of which each is touched by one thread between
/// the operations that send and receive them, as `BucketWork` hands them out.
struct FactorTransfer: Sendable {
  private let factored: FactoredGradients
  private let rank: Int
  private let shards: [Range<Int>]
  private let batches: BatchRows
  private let wire: WireFormat
  /// The packed factors of each weight; none where factors travel as they are.
  private let packed: [PackedFactors]
  /// Images of a step, at most, whose factors are packed and unpacked; none where they travel as
  /// they are.
  let images: Range<Int>

  /// - Throws: `MemoryError.outOfMemory`.
  init(
    _ factored: FactoredGradients, rank: Int, shards: [Range<Int>], batches: BatchRows,
    wire: WireFormat
  ) throws {
    self.factored = factored
    self.rank = rank
    self.shards = shards
    self.batches = batches
    self.wire = wire
    let isPacked = wire == .bfloat16
    images = 0..<(isPacked && !factored.weights.isEmpty ? factored.images : 0)
    packed =
      isPacked ? try factored.weights.map { try PackedFactors($0, images: factored.images) } : []
  }

  /// Whether factors have to be packed before they are sent, and unpacked when they have come.
  var isPacked: Bool { !packed.isEmpty }

  /// Packs the factors of an image, if they are this rank's to send.
  func pack(_ index: Int, image: Int, ofImages images: Int) {
    if owns(image, ofImages: images) == true {
      packed[index].pack(factored.rows(index, from: image), image: image)
    }
  }

  /// Unpacks the factors of an image, if another rank has sent them.
  func unpack(_ index: Int, image: Int, ofImages images: Int) {
    if owns(image, ofImages: images) == false {
      packed[index].unpack(to: factored.rows(index, from: image), image: image)
    }
  }

  /// Whether this rank's shards hold an image; nil where the step has fewer images.
  private func owns(_ image: Int, ofImages images: Int) -> Bool? {
    if image >= images { return nil }
    return batches.rows(ofShards: shards[rank], images: images).contains { $0.contains(image) }
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
      let inputs = parts(weight.inputStride)
      let outputs = parts(weight.outputStride)
      guard isPacked else {
        return [
          try communicator.startAllGather(.gradients, place.input, parts: inputs),
          try communicator.startAllGather(.gradients, place.outputGradient, parts: outputs),
        ]
      }
      return [
        try communicator.startAllGather(.gradients, packed[index].input, parts: inputs),
        try communicator.startAllGather(.gradients, packed[index].outputGradient, parts: outputs),
      ]
    }
  }

  /// The bytes that this rank sends in one step.
  func bytesSent(images: Int) -> Int {
    let own = batches.rows(ofShards: shards[rank], images: images).reduce(0) { $0 + $1.count }
    return factored.weights.reduce(0) { bytes, weight in
      bytes + own * (weight.inputStride + weight.outputStride) * wire.elementBytes
        * (shards.count - 1)
    }
  }
}

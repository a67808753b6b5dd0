import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemTensor

/// The gradients of large dense layers' weights, which nobody stores: for all images of a step, the
/// factors that the gradients are products of; see `FactoredWeight`.
///
/// Images are numbered through the step's mini-batches, in the order of the logical shards.
///
/// Safe to share because of who may touch what, and when: the rows of an image are written by the
/// worker that computes it, before it reports the bucket of the weights, or by an exchange between
/// ranks; they are read by those who update the bucket's blocks, until the exchange of the step is
/// over.
package final class FactoredGradients: @unchecked Sendable {
  /// The weights in the order of the arena.
  package let weights: [FactoredWeight]
  /// The most that a step has.
  let images: Int
  /// Whether factors are rounded, as they travel between ranks or would; see `WireFormat`.
  private let areRounded: Bool
  private let arenas: [(input: MemoryArena, outputGradient: MemoryArena)]

  /// Smaller gradients are stored and summed: sums of them stay in the cache.
  package static let leastElements = 1 << 20

  /// The weights whose gradients are factored: a pure function of what all ranks have in common.
  ///
  /// - Parameters:
  ///   - images: of a step.
  ///   - leastElements: of weights.
  /// - Returns: those with smaller factors than gradients; none where a gradient is needed as a
  ///   whole before it can be used, by `GradientNorms`.
  package static func weights(
    _ graph: NetworkGraph, images: Int, optimizer: AnyOptimizer, clipNorm: Float?,
    leastElements: Int = FactoredGradients.leastElements
  ) -> [FactoredWeight] {
    if GradientNorms.areNeeded(optimizer: optimizer, clipNorm: clipNorm) { return [] }
    return graph.parameterLayout.trainedEntries
      .compactMap { FactoredWeight($0, of: graph) }
      .filter { weight in
        weight.entry.elementCount >= leastElements
          && images * (weight.inputs + weight.outputs) <= weight.entry.elementCount
      }
  }

  /// - Parameters:
  ///   - images: the most that a step has.
  ///   - wire: decides whether factors are rounded.
  /// - Throws: `MemoryError.outOfMemory`.
  package init(
    _ weights: [FactoredWeight], images: Int, wire: WireFormat = .float32
  ) throws {
    self.weights = weights
    self.images = images
    areRounded = wire == .bfloat16
    arenas = try weights.map { weight in
      func arena(_ stride: Int, _ what: String) throws -> MemoryArena {
        try MemoryArena(
          byteCount: images * stride * MemoryLayout<Float>.size,
          purpose: "\(what) of \(weight.entry.name)")
      }
      return (
        try arena(weight.inputStride, "inputs"),
        try arena(weight.outputStride, "output gradients")
      )
    }
  }

  /// Where the factors of an image are, and behind them those of the images after it.
  package func rows(_ index: Int, from image: Int) -> FactorRows {
    FactorRows(
      input: arenas[index].input.floats(at: image * weights[index].inputStride),
      outputGradient: arenas[index].outputGradient.floats(
        at: image * weights[index].outputStride),
      areRounded: areRounded)
  }

  /// The same for all weights.
  func rows(from image: Int) -> [FactorRows] { weights.indices.map { rows($0, from: image) } }

  /// Computes the gradient of a block of weights over all images of a step.
  func computeGradient(
    _ index: Int, of block: Range<Int>, images: Int, into gradient: UnsafeMutablePointer<Float>
  ) {
    weights[index].computeGradient(
      of: block, images: images, factors: rows(index, from: 0), into: gradient)
  }

  // MARK: Buckets

  /// The weights that make up a bucket; nil for a bucket of stored gradients.
  func index(ofBucket bucket: Range<Int>) -> Int? {
    weights.firstIndex { bucket.contains($0.entry.offset) }
  }

  /// The parts of a bucket of weights that each of `owners` updates: whole blocks, nearly as many
  /// for each. The gap behind the weights belongs to the last part.
  func slices(ofBucket bucket: Range<Int>, _ index: Int, owners: Int) -> [Range<Int>] {
    let blocks = weights[index].blocks
    func start(_ owner: Int) -> Int {
      let block = blocks.count * owner / owners
      return block < blocks.count ? blocks[block].lowerBound : bucket.upperBound
    }
    return (0..<owners).map { start($0)..<start($0 + 1) }
  }

  /// The blocks within such a part.
  func blocks(_ index: Int, in slice: Range<Int>) -> [Range<Int>] {
    weights[index].blocks.filter { slice.contains($0.lowerBound) }
  }
}

extension Buckets {
  /// Cuts the arena of a network's gradients into buckets; each factored gradient is one of its
  /// own.
  package static func form(
    _ layout: ParameterLayout, factored: [FactoredWeight], bucketBytes: Int, firstBucketBytes: Int
  ) -> [Range<Int>] {
    let alone = layout.entries.indices.filter { index in
      factored.contains { $0.entry == layout.entries[index] }
    }
    return form(
      parameterElementCounts: layout.paddedElementCounts, bucketBytes: bucketBytes,
      firstBucketBytes: firstBucketBytes, alone: Set(alone))
  }
}

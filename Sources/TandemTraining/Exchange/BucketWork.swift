import CKernels
import Synchronization
import TandemCollectives
import TandemExecution
import TandemTensor

/// What there is to do with the buckets of a rank that sends messages, as its threads share it: the
/// communication thread hands it out (`BucketStages`), and workers that have finished their
/// backward pass help (`MessageExchange`). `GradientExchange` has the whole story.
///
/// Each bucket goes through those passes that it needs, in order; between them it is sent and
/// returned.
///
/// Safe to share: a block of a pass is touched by the thread that took it only, and the next pass
/// begins when all of them are done, which `SharedBlocks` orders; `outcome` and `rule` are written
/// by the communication thread while no worker reads them, before `finishExchange` or before it
/// hands out blocks to update; the rest is constant.
package final class BucketWork: @unchecked Sendable {
  /// What threads do with a bucket, block by block.
  enum Pass: Int, CaseIterable {
    /// Add this rank's shards, as far as the tree allows, and pack what is sent in bfloat16.
    case addingShards
    /// Unpack what came in bfloat16, where it is read more than once.
    case unpacking
    /// Add all ranks' partial sums of the own slice and sum up their squares, where gradients are
    /// needed as a whole.
    case measuring
    /// Update the parameters of the own slice; adds all ranks' partial sums first where there is no
    /// pass of measuring.
    case updating
    /// Add the changes that others have made to the parameters of their slices.
    case applying
  }

  let plan: ExchangePlan
  private let transfer: any BucketTransfer
  private let factorTransfer: FactorTransfer
  let memory: TrainingMemory
  let progress: BucketProgress
  let norms: GradientNorms?
  /// What the last step came to.
  private(set) var outcome = StepOutcome()
  /// How parameters follow the gradient of the present step, where it is needed as a whole.
  var rule: UpdateRule?

  /// The dense layer whose weights each bucket is, if their gradients are factored.
  private let factored: [Int?]
  /// The sums for each number of shards that have images.
  private let sums: [Int: BucketSums]
  /// What `transfer` packs and receives messages in.
  private let messages: [MemoryArena]
  /// The ranges of each bucket's blocks, for each pass.
  private let ranges: [[[Range<Int>]]]
  /// The same to take.
  private let blocks: [[SharedBlocks]]
  /// The first of the blocks of `norms` in each bucket's own slice.
  private let firstNormBlocks: [Int]
  private let exchangesFinished = Atomic<Int>(0)

  /// - Parameters:
  ///   - progress: of the buckets, each of which has gradients of one source.
  ///   - norms: where gradients are needed as a whole.
  ///   - activeShards: the numbers of shards with images that steps can have; nil for those of the
  ///     layout.
  /// - Throws: `MemoryError.outOfMemory`.
  package init(
    _ layout: JobLayout, memory: TrainingMemory, progress: BucketProgress, norms: GradientNorms?,
    wire: WireFormat = .float32, activeShards: Set<Int>? = nil
  ) throws {
    let (rank, shards) = (layout.rank, layout.shardsOfRanks)
    let factored = progress.buckets.map { memory.factored.index(ofBucket: $0) }
    let plan = ExchangePlan(
      rank: rank, buckets: progress.buckets, shards: shards, sources: layout.sources,
      cut: { index, owner, owners in
        let bucket = progress.buckets[index]
        if let weights = factored[index] {
          return memory.factored.slices(ofBucket: bucket, weights, owners: owners)[owner]
        }
        return norms?.blocks.slice(ofBucket: bucket, owner: owner, owners: owners)
          ?? Buckets.slice(of: bucket, owner: owner, owners: owners)
      },
      unsent: Set(factored.indices.filter { factored[$0] != nil }), wire: wire)
    self.factored = factored
    factorTransfer = try FactorTransfer(
      memory.factored, rank: rank, shards: shards, batches: layout.batchRows, wire: wire)
    self.plan = plan
    self.memory = memory
    self.progress = progress
    self.norms = norms
    let sums = Dictionary(
      uniqueKeysWithValues: (activeShards ?? layout.activeShards).map {
        ($0, plan.sums(activeShards: $0))
      })
    self.sums = sums
    (transfer, messages) = try Self.transfer(plan, Array(sums.values), memory)

    let ownNormBlocks = norms.map { norms in
      plan.buckets.indices.map { norms.blocks.blocks(ofBucket: plan.ownSlice($0)) }
    }
    firstNormBlocks = (ownNormBlocks ?? []).map(\.lowerBound)
    let ownRanges = plan.buckets.indices.map { bucket in
      if let norms, let ownNormBlocks { return ownNormBlocks[bucket].map { norms.blocks[$0] } }
      if let weights = factored[bucket] {
        return memory.factored.blocks(weights, in: plan.ownSlice(bucket))
      }
      return Blocks.ranges(of: plan.ownSlice(bucket))
    }
    let othersRanges = plan.buckets.indices.map { bucket in
      plan.slices[bucket].enumerated().flatMap { owner, slice in
        owner == rank || !plan.isHeld(bucket) ? [] : Blocks.ranges(of: slice)
      }
    }
    let images = factorTransfer.images.map { $0..<$0 + 1 }
    let sentRanges = plan.buckets.indices.map { bucket in
      factored[bucket] == nil ? Blocks.ranges(of: plan.buckets[bucket]) : images
    }
    let unpackedRanges = factored.map { $0 == nil ? [] : images }
    ranges = [sentRanges, unpackedRanges, ownRanges, ownRanges, othersRanges]
    blocks = ranges.map { $0.map { SharedBlocks(count: $0.count) } }
  }

  private func sums(_ step: StepContext) -> BucketSums {
    guard let sums = sums[step.activeShards] else {
      preconditionFailure("no plan for \(step.activeShards) shards with images")
    }
    return sums
  }

  /// Whether this rank has to add up shards of a bucket, or to pack something, before it can send
  /// it.
  func addsShards(_ bucket: Int, _ step: StepContext) -> Bool {
    factored[bucket] == nil ? transfer.addsShards(bucket, sums(step)) : factorTransfer.isPacked
  }

  /// Whether something that came for a bucket is to be unpacked.
  func unpacks(_ bucket: Int) -> Bool { factored[bucket] != nil && factorTransfer.isPacked }

  /// Whether owners give back the changes of parameters, which the others have to make too.
  var appliesChanges: Bool { transfer.changes != nil }

  /// What lets parameters of the own slices follow their gradients.
  /// - Throws: `MemoryError.outOfMemory`.
  func sliceUpdate(_ optimizer: AnyOptimizer, _ timeline: Timeline?) throws -> SliceUpdate {
    try SliceUpdate(
      memory, optimizer, wire: plan.wire, changes: transfer.changes, timeline: timeline)
  }

  /// Starts giving what owners need for a bucket's gradients to them, and getting it from others.
  func startSending(
    _ bucket: Int, _ step: StepContext, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    guard let weights = factored[bucket] else {
      return try transfer.startSending(bucket, sums(step), communicator)
    }
    return try factorTransfer.startSending(weights, images: step.images, communicator)
  }

  /// Starts giving this rank's slice of the parameters to all that need it, and getting the
  /// others'.
  func startReturning(
    _ bucket: Int, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    try transfer.startReturning(bucket, communicator)
  }

  /// The bytes that this rank sends in a step.
  func bytesSent(_ step: StepContext) -> Int {
    transfer.bytesSent(sums(step)) + factorTransfer.bytesSent(images: step.images)
  }

  /// Hands out the blocks of a bucket.
  /// - Returns: how many there are.
  func handOut(_ pass: Pass, _ bucket: Int) -> Int {
    let blocks = blocks[pass.rawValue][bucket]
    blocks.open()
    return blocks.count
  }

  /// Whether all blocks that were handed out are done.
  func isFinished(_ pass: Pass, _ bucket: Int) -> Bool {
    blocks[pass.rawValue][bucket].isFinished
  }

  /// Takes one block of a bucket and does it; false if there is none to take.
  func work(
    _ pass: Pass, _ bucket: Int, _ step: StepContext, _ update: inout SliceUpdate
  ) -> Bool {
    let blocks = blocks[pass.rawValue][bucket]
    guard let block = blocks.take() else { return false }
    let range = ranges[pass.rawValue][bucket][block]
    let sums = sums(step)
    switch pass {
    case .addingShards:
      if let weights = factored[bucket] {
        factorTransfer.pack(weights, image: range.lowerBound, ofImages: step.images)
      } else {
        transfer.addShards(bucket, range, sums)
      }
    case .unpacking:
      guard let weights = factored[bucket] else { break }
      factorTransfer.unpack(weights, image: range.lowerBound, ofImages: step.images)
    case .measuring:
      norms?.measure(
        firstNormBlocks[bucket] + block, gradient: transfer.keepSum(bucket, range, sums), memory,
        step: step.step)
    case .updating:
      if let weights = factored[bucket] {
        update.updateFactored(weights, range, step)
      } else if let rule {
        update.update(
          range, index: firstNormBlocks[bucket] + block,
          gradient: transfer.total(bucket, range, sums), rule: rule, step: step.step)
      } else {
        update.update(
          range,
          gradient: transfer.sum(bucket, range, sums, scratch: update.scratch),
          learningRate: step.learningRate, step: step.step)
      }
    case .applying:
      guard let changes = transfer.changes else { break }
      tandem_add_change(
        memory.parameters.floats(at: range.lowerBound), changes + range.lowerBound, range.count)
    }
    blocks.finish()
    return true
  }

  /// Whether there is a block to take.
  var hasWork: Bool {
    blocks.contains { $0.contains { $0.hasBlocks } }
  }

  /// Lets the workers go on, with what the step came to.
  func finishExchange(_ outcome: StepOutcome) {
    self.outcome = outcome
    exchangesFinished.add(1, ordering: .releasing)
  }

  func isFinished(exchange: Int) -> Bool {
    exchangesFinished.load(ordering: .acquiring) > exchange
  }
}

extension BucketWork {
  /// How this rank's gradients and parameters travel, and the memory that takes.
  /// - Throws: `MemoryError.outOfMemory`.
  private static func transfer(
    _ plan: ExchangePlan, _ sums: [BucketSums], _ memory: TrainingMemory
  ) throws -> (any BucketTransfer, [MemoryArena]) {
    if let gradients = memory.sharedGradients {
      return (SharedMemoryTransfer(gradients: gradients.map { $0.floats() }, wire: plan.wire), [])
    }
    let received = try MemoryArena(
      byteCount: (sums.map(\.receivedElements).max() ?? 0) * plan.wire.elementBytes,
      purpose: "gradients of other ranks")
    let shardGradients = memory.shards.map { memory.gradients(ofShard: $0) }
    switch plan.wire {
    case .float32:
      let transfer = MessageTransfer(
        plan, shardGradients: shardGradients, parameters: memory.parameters.floats(),
        received: received.floats())
      return (transfer, [received])
    case .bfloat16:
      let packed = try (0..<max(1, sums.map(\.mostOwn).max() ?? 0)).map { _ in
        try MemoryArena(
          byteCount: memory.layout.elementCount * plan.wire.elementBytes,
          purpose: "gradients to send")
      }
      let transfer = RoundedMessageTransfer(
        plan, shardGradients: shardGradients, packed: packed.map { $0.bfloat16Bits() },
        received: received.bfloat16Bits())
      return (transfer, packed + [received])
    }
  }
}

extension MemoryArena {
  /// The arena as numbers in bfloat16.
  func bfloat16Bits() -> UnsafeMutablePointer<BFloat16Bits> {
    base.assumingMemoryBound(to: BFloat16Bits.self)
  }
}

import CKernels
import Dispatch
import Foundation
import Synchronization
import TandemCollectives
import TandemTensor

/// Exchanges the gradients of a step with the other ranks while the workers are still in backward.
///
/// Bucket by bucket: when the rank's workers have finished it, each rank adds up what it can of its own
/// shards and sends to every other rank the slice that this one owns; the owner adds the ranks' sums
/// in the order of the shard tree, updates its slice of the parameters, and gives it to all. What is
/// sent, summed and received of different buckets overlaps. The result has the bits of one rank that
/// has all shards.
///
/// Safe to share: everything is used by the communication thread only, inside of a region, except
/// `finished` and `outcome`. `outcome` is written before `finished` grows and read after that, until
/// the reader takes part in the next step.
final class RankExchange: @unchecked Sendable {
  struct Outcome: Sendable {
    /// Of all shards, added in their order.
    var loss = LossSum()
    /// Whether any rank was asked to stop.
    var stops = false
  }

  private(set) var outcome = Outcome()
  /// Exchanges that are over.
  private let finished = Atomic<Int>(0)

  private let memory: TrainingMemory
  private let layout: RankLayout
  private let division: ShardDivision
  private let progress: BucketProgress
  private let norms: GradientNorms?
  private let overlaps: Bool
  let owners: SliceOwners
  private var sliceUpdate: SliceUpdate
  /// What other ranks send: for each of their nodes the slices of all buckets, one behind the other.
  private let received: MemoryArena
  /// Where the own slice of each bucket begins in there, and the elements of all.
  private let slotOffsets: [Int]
  private let slotElements: Int
  private var partials: [Int: PartialSums] = [:]
  private var nodeSums: [Range<Int>: ShardSum] = [:]
  private var status: [UInt8]
  private var allStatus: [UInt8]

  init(
    memory: TrainingMemory, layout: RankLayout, division: ShardDivision, progress: BucketProgress,
    optimizer: AnyOptimizer, norms: GradientNorms?, overlaps: Bool
  ) throws {
    self.memory = memory
    self.layout = layout
    self.division = division
    self.progress = progress
    self.norms = norms
    self.overlaps = overlaps
    owners = SliceOwners(buckets: progress.buckets, ranks: layout.ranks, blocks: norms?.blocks)
    sliceUpdate = try SliceUpdate(memory, optimizer)
    var offsets: [Int] = []
    var end = 0
    for bucket in progress.buckets.indices {
      offsets.append(end)
      end += owners.slice(ofBucket: bucket, rank: layout.rank).count
    }
    slotOffsets = offsets
    slotElements = end
    // A smaller last mini-batch may be cut into more nodes than a whole one.
    let most =
      (1...division.shards).map {
        let sums = PartialSums(layout, division, activeShards: $0)
        return sums.count - sums.nodesOfRanks[layout.rank].count
      }.max() ?? 0
    received = try MemoryArena(
      byteCount: max(1, most * end) * MemoryLayout<Float>.size,
      purpose: "gradients of other ranks")
    let mostShards = (0..<layout.ranks).map { layout.shards(ofRank: $0, division).count }.max() ?? 0
    let statusBytes = Self.statusHead + mostShards * MemoryLayout<LossSum>.stride
    status = Array(repeating: 0, count: statusBytes)
    allStatus = Array(repeating: 0, count: statusBytes * layout.ranks)
  }

  /// Waits until the exchange of a step is over; called by the workers.
  /// - Throws: `TeamError.abandoned`.
  func wait(for step: StepContext, worker: Worker) throws -> Outcome {
    try worker.wait { finished.load(ordering: .acquiring) > step.exchange }
    return outcome
  }

  /// Exchanges the gradients of a step; called by the communication thread.
  ///
  /// - Parameter isStopRequested: asked once, when the rank's workers are done.
  /// - Throws: `JobError`, `TeamError.abandoned`, and what `GradientNorms.updateRule` throws.
  func run(
    _ step: StepContext, companion: Companion, communicator: any Communicator,
    isStopRequested: () -> Bool
  ) throws {
    let turn = Turn(step, communicator, companion, sums: sums(activeShards: step.activeShards))
    let count = progress.buckets.count
    var reported = 0
    var arriving = Queue()
    var returning = Queue()
    var statusOperation: (any PendingOperation)?
    while reported < count || !arriving.isEmpty || !returning.isEmpty || statusOperation == nil {
      var isIdle = true
      if reported < count, hasReported(overlaps ? reported : count - 1, step) {
        arriving.append(reported, try send(bucket: reported, turn))
        reported += 1
        isIdle = false
      }
      if reported == count, statusOperation == nil {
        statusOperation = try startStatus(turn, stops: isStopRequested())
        isIdle = false
      }
      if let bucket = try arriving.next(communicator) {
        addUp(bucket: bucket, turn)
        if norms == nil { returning.append(bucket, [try giveBack(bucket: bucket, turn)]) }
        isIdle = false
      }
      if try returning.next(communicator) != nil { isIdle = false }
      if isIdle {
        try rest(
          turn, areWorkersBusy: reported < count,
          isWaitingForWorkers: arriving.isEmpty && returning.isEmpty
        ) { self.hasReported(self.overlaps ? reported : count - 1, step) }
      }
    }
    if let norms {
      try updateByNorms(norms, turn)
    }
    if let statusOperation { try wait(for: [statusOperation], turn) }
    readStatus(turn)
    finished.store(step.exchange + 1, ordering: .releasing)
    companion.wakeOthers()
  }

  // MARK: - One bucket

  /// What the steps of an exchange have in common.
  private struct Turn {
    let step: StepContext
    let communicator: any Communicator
    let companion: Companion
    let sums: PartialSums

    init(
      _ step: StepContext, _ communicator: any Communicator, _ companion: Companion,
      sums: PartialSums
    ) {
      self.step = step
      self.communicator = communicator
      self.companion = companion
      self.sums = sums
    }
  }

  /// Sums up the rank's own nodes, each in the gradients of its first shard, and starts to send them.
  private func send(bucket: Int, _ turn: Turn) throws -> [any PendingOperation] {
    let own = turn.sums.nodesOfRanks[layout.rank]
    for node in own where node.count > 1 {
      let first = memory.gradients(ofShard: node.lowerBound)
      ExchangeBlocks.forEach(of: progress.buckets[bucket]) { block in
        sum(of: node)(block, first + block.lowerBound)
      }
    }
    let slices = owners.slices(ofBucket: bucket)
    return try (0..<turn.sums.rounds).map { round in
      var sends = [Range<Int>](repeating: 0..<0, count: layout.ranks)
      var receives = sends
      for other in 0..<layout.ranks where other != layout.rank {
        if round < own.count { sends[other] = slices[other] }
        guard round < turn.sums.nodesOfRanks[other].count else { continue }
        let start = slot(ofNode: round, ofRank: other, turn) + slotOffsets[bucket]
        receives[other] = start..<start + slices[layout.rank].count
      }
      // A rank without a node for this round sends nothing of anything.
      let source = round < own.count ? own[round].lowerBound : nil
      return try turn.communicator.startAllToAll(
        .gradients,
        from: UnsafePointer(
          source.map { memory.gradients(ofShard: $0) } ?? memory.parameters.floats()),
        sends: sends, into: received.floats(), receives: receives)
    }
  }

  /// Adds the sums of all ranks for the rank's own slice and, unless norms are needed first, updates
  /// its parameters. The total stays where the first node was.
  private func addUp(bucket: Int, _ turn: Turn) {
    let slice = owners.slice(ofBucket: bucket, rank: layout.rank)
    ExchangeBlocks.forEach(of: slice) { block in
      for addition in turn.sums.additions {
        tandem_add(
          address(ofNode: addition.destination, bucket, block, turn),
          address(ofNode: addition.source, bucket, block, turn), block.count)
      }
      guard norms == nil else { return }
      sliceUpdate.update(
        block, gradient: address(ofNode: 0, bucket, block, turn),
        learningRate: turn.step.learningRate, step: turn.step.step)
    }
    guard let norms else { return }
    for index in ownBlocks(norms, bucket) {
      norms.measure(
        index, gradient: address(ofNode: 0, bucket, norms.blocks[index], turn),
        parameters: memory.parameters.floats())
    }
  }

  private func giveBack(bucket: Int, _ turn: Turn) throws -> any PendingOperation {
    try turn.communicator.startAllGather(
      .parameters, memory.parameters.floats(), parts: owners.slices(ofBucket: bucket))
  }

  /// Where a block of the sum over a node is: in this rank's gradients, or among what was received.
  private func address(
    ofNode number: Int, _ bucket: Int, _ block: Range<Int>, _ turn: Turn
  ) -> UnsafeMutablePointer<Float> {
    let own = turn.sums.nodesOfRanks[layout.rank]
    let firstOwn = turn.sums.firstNode(ofRank: layout.rank)
    if number >= firstOwn, number < firstOwn + own.count {
      return memory.gradients(ofShard: own[number - firstOwn].lowerBound) + block.lowerBound
    }
    let slice = owners.slice(ofBucket: bucket, rank: layout.rank)
    let slot = (number < firstOwn ? number : number - own.count) * slotElements
    return received.floats() + slot + slotOffsets[bucket] + block.lowerBound - slice.lowerBound
  }

  /// The first element of what is received of another rank's node.
  private func slot(ofNode node: Int, ofRank rank: Int, _ turn: Turn) -> Int {
    let number = turn.sums.firstNode(ofRank: rank) + node
    let own = turn.sums.nodesOfRanks[layout.rank].count
    return (rank < layout.rank ? number : number - own) * slotElements
  }

  // MARK: - Norms

  private func ownBlocks(_ norms: GradientNorms, _ bucket: Int) -> Range<Int> {
    norms.blocks.blocks(
      ofBucket: progress.buckets[bucket], owner: layout.rank, owners: layout.ranks)
  }

  /// Lets all ranks know the squares of all blocks, and updates the slices by the norms.
  private func updateByNorms(_ norms: GradientNorms, _ turn: Turn) throws {
    let blocks = (0..<layout.ranks).map { owners.normBlocks(ofRank: $0) }
    let most = blocks.map(\.count).max() ?? 0
    typealias Squares = GradientNorms.Squares
    var own = blocks[layout.rank].map { norms.squares[$0] }
    own += Array(repeating: Squares(), count: most - own.count)
    var all = Array(repeating: Squares(), count: most * layout.ranks)
    try own.withUnsafeBytes { own in
      try all.withUnsafeMutableBytes { all in
        try wait(
          for: [turn.communicator.startAllGather(.statistics, own: own, all: all)], turn)
      }
    }
    for rank in 0..<layout.ranks {
      for (position, block) in blocks[rank].enumerated() {
        norms.squares[block] = all[rank * most + position]
      }
    }
    let rule = try norms.updateRule(turn.step)
    var operations: [any PendingOperation] = []
    for bucket in progress.buckets.indices {
      for index in ownBlocks(norms, bucket) {
        let block = norms.blocks[index]
        sliceUpdate.update(
          block, index: index, gradient: address(ofNode: 0, bucket, block, turn), rule: rule,
          step: turn.step.step)
      }
      operations.append(try giveBack(bucket: bucket, turn))
    }
    try wait(for: operations, turn)
  }

  // MARK: - Losses and stopping

  /// The request to stop, before the losses.
  private static let statusHead = 8

  private func startStatus(_ turn: Turn, stops: Bool) throws -> any PendingOperation {
    status[0] = stops ? 1 : 0
    let losses = memory.losses(activeShards: turn.step.activeShards)
    status.withUnsafeMutableBytes { bytes in
      UnsafeMutableRawBufferPointer(rebasing: bytes[Self.statusHead...])
        .copyMemory(from: UnsafeRawBufferPointer(losses))
    }
    return try status.withUnsafeBytes { own in
      try allStatus.withUnsafeMutableBytes { all in
        // The arrays are not touched before the operation is over, so their memory stays in place.
        try turn.communicator.startAllGather(.status, own: own, all: all)
      }
    }
  }

  private func readStatus(_ turn: Turn) {
    outcome = Outcome()
    allStatus.withUnsafeBytes { bytes in
      for rank in 0..<layout.ranks {
        let start = rank * status.count
        if bytes[start] != 0 { outcome.stops = true }
        let shards = layout.shards(ofRank: rank, division)
          .clamped(to: 0..<turn.step.activeShards)
        for position in 0..<shards.count {
          outcome.loss += bytes.loadUnaligned(
            fromByteOffset: start + Self.statusHead + position * MemoryLayout<LossSum>.stride,
            as: LossSum.self)
        }
      }
    }
  }

  // MARK: - Waiting

  private func hasReported(_ bucket: Int, _ step: StepContext) -> Bool {
    progress.haveAllFinished(exchange: step.exchange, bucket: bucket)
  }

  /// Leaves the core to the workers for a moment.
  private func rest(
    _ turn: Turn, areWorkersBusy: Bool, isWaitingForWorkers: Bool,
    haveReported: () -> Bool
  ) throws {
    if areWorkersBusy, isWaitingForWorkers {
      try turn.companion.wait(until: haveReported) { try turn.communicator.attend() }
    } else {
      if turn.companion.hasFailed { throw TeamError.abandoned }
      if areWorkersBusy { usleep(30) } else { sched_yield() }
    }
  }

  private func wait(for operations: [any PendingOperation], _ turn: Turn) throws {
    for operation in operations {
      while try !turn.communicator.isFinished(operation) {
        if turn.companion.hasFailed { throw TeamError.abandoned }
        sched_yield()
      }
    }
  }

  // MARK: - Sums

  private func sums(activeShards: Int) -> PartialSums {
    if let known = partials[activeShards] { return known }
    let made = PartialSums(layout, division, activeShards: activeShards)
    partials[activeShards] = made
    return made
  }

  /// Sums a block of a node's shards to the given memory.
  private func sum(of node: Range<Int>) -> (Range<Int>, UnsafeMutablePointer<Float>) -> Void {
    if nodeSums[node] == nil {
      nodeSums[node] = ShardSum(
        shards: node.map { UnsafePointer(memory.gradients(ofShard: $0)) })
    }
    return { block, result in
      self.nodeSums[node]?.sum(shards: node.count, range: block, into: result)
    }
  }
}

/// Buckets whose operations are under way, in their order.
private struct Queue {
  private var entries: [(bucket: Int, operations: [any PendingOperation])] = []

  var isEmpty: Bool { entries.isEmpty }

  mutating func append(_ bucket: Int, _ operations: [any PendingOperation]) {
    entries.append((bucket, operations))
  }

  /// The first bucket, taken out, if all its operations are over.
  mutating func next(_ communicator: any Communicator) throws -> Int? {
    guard var first = entries.first else { return nil }
    while let operation = first.operations.last {
      guard try communicator.isFinished(operation) else {
        entries[0] = first
        return nil
      }
      first.operations.removeLast()
    }
    entries.removeFirst()
    return first.bucket
  }
}

import TandemCollectives

/// Where gradients are needed as a whole: gives all ranks the sums of squares of all blocks, each
/// of which one rank has formed, and makes the rule of the step from them.
///
/// Ownership: belongs to the communication thread.
final class NormGather: CommunicationClient {
  private typealias Squares = GradientNorms.Squares

  private let norms: GradientNorms
  private let stages: BucketStages
  /// The blocks of each rank, in ascending order.
  private let blocks: [[Int]]
  private let rank: Int
  private let own: UnsafeMutableBufferPointer<Squares>
  private let all: UnsafeMutableBufferPointer<Squares>
  private var pending: (any PendingOperation)?

  /// - Parameter stages: of the buckets, which wait for the rule once they are measured.
  init(_ norms: GradientNorms, _ stages: BucketStages) {
    self.norms = norms
    self.stages = stages
    let plan = stages.work.plan
    rank = plan.rank
    blocks = (0..<plan.ranks).map { rank in
      plan.ownedRanges(rank).flatMap { Array(norms.blocks.blocks(ofBucket: $0)) }
    }
    let most = blocks.map(\.count).max() ?? 0
    own = .allocate(capacity: most)
    own.initialize(repeating: Squares())
    all = .allocate(capacity: most * plan.ranks)
    all.initialize(repeating: Squares())
  }

  deinit {
    // An operation that is given up, because the job ends, may still write there.
    if pending != nil { return }
    own.deallocate()
    all.deallocate()
  }

  func advance(
    _ step: StepContext, _ communicator: any Communicator, _ companion: Companion
  ) throws -> Bool {
    guard let operation = pending else {
      guard stages.areMeasured else { return false }
      try start(communicator)
      return true
    }
    guard try communicator.isFinished(operation) else { return false }
    pending = nil
    takeSquares()
    stages.update(by: try norms.updateRule(step), companion)
    return true
  }

  var isUnderWay: Bool { pending != nil }

  private func start(_ communicator: any Communicator) throws {
    for (index, block) in blocks[rank].enumerated() { own[index] = norms.squares[block] }
    pending = try communicator.startAllGather(
      .status, own: UnsafeRawBufferPointer(own), all: UnsafeMutableRawBufferPointer(all))
  }

  private func takeSquares() {
    for (rank, blocks) in blocks.enumerated() {
      for (index, block) in blocks.enumerated() {
        norms.squares[block] = all[rank * own.count + index]
      }
    }
  }
}

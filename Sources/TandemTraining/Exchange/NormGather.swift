import TandemCollectives

/// Gives all ranks the sums of squares of all blocks, each of which one rank has formed.
///
/// Ownership: belongs to the communication thread.
final class NormGather {
  private typealias Squares = GradientNorms.Squares

  private let norms: GradientNorms
  /// The blocks of each rank, in ascending order.
  private let blocks: [[Int]]
  private let rank: Int
  private let own: UnsafeMutableBufferPointer<Squares>
  private let all: UnsafeMutableBufferPointer<Squares>
  private var pending: (any PendingOperation)?

  init(_ norms: GradientNorms, _ plan: ExchangePlan) {
    self.norms = norms
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

  /// To be called when the squares of all blocks of this rank are there.
  func start(_ communicator: any Communicator) throws {
    for (index, block) in blocks[rank].enumerated() { own[index] = norms.squares[block] }
    pending = try communicator.startAllGather(
      .status, own: UnsafeRawBufferPointer(own), all: UnsafeMutableRawBufferPointer(all))
  }

  /// Whether the squares of all blocks are there.
  func isFinished(_ communicator: any Communicator) throws -> Bool {
    guard let operation = pending else { return false }
    guard try communicator.isFinished(operation) else { return false }
    pending = nil
    for (rank, blocks) in blocks.enumerated() {
      for (index, block) in blocks.enumerated() {
        norms.squares[block] = all[rank * own.count + index]
      }
    }
    return true
  }
}

import TandemCollectives

/// What ranks tell each other once a step, when they send the first bucket: for one whether
/// somebody asked them to stop (`StepSignals`), and the losses of their shards.
///
/// Ownership: belongs to the communication thread.
package final class StatusGather: CommunicationClient {
  /// The signals, then the losses, four words each.
  private let own: UnsafeMutableBufferPointer<UInt64>
  /// The same of all ranks.
  private let all: UnsafeMutableBufferPointer<UInt64>
  private let shards: [Range<Int>]
  private let memory: TrainingMemory
  private var pending: (any PendingOperation)?
  /// The request to stop in the present step.
  var stopRequest: StopRequest?
  package private(set) var isDone = false

  /// - Parameters:
  ///   - shards: of each rank.
  ///   - memory: has the losses of this rank's shards.
  init(shards: [Range<Int>], _ memory: TrainingMemory) {
    self.shards = shards
    self.memory = memory
    let words = 1 + 4 * (shards.map(\.count).max() ?? 0)
    own = .allocate(capacity: words)
    own.initialize(repeating: 0)
    all = .allocate(capacity: words * shards.count)
    all.initialize(repeating: 0)
  }

  deinit {
    // An operation that is given up, because the job ends, may still write there.
    if pending != nil { return }
    own.deallocate()
    all.deallocate()
  }

  package func begin(_ step: StepContext) { isDone = false }

  /// Starts the gathering, when the losses of all shards of this rank are known.
  func start(_ step: StepContext, _ communicator: any Communicator) throws {
    own[0] = stopRequest?.stepSignals.rawValue ?? 0
    for (index, loss) in memory.losses(activeShards: step.activeShards).enumerated() {
      own[1 + 4 * index] = loss.loss.bitPattern
      for (offset, count) in [loss.top1, loss.top5, loss.images].enumerated() {
        own[2 + 4 * index + offset] = UInt64(count)
      }
    }
    pending = try communicator.startAllGather(
      .status, own: UnsafeRawBufferPointer(own), all: UnsafeMutableRawBufferPointer(all))
  }

  package func advance(
    _ step: StepContext, _ communicator: any Communicator, _ companion: Companion
  ) throws -> Bool {
    guard let operation = pending, try communicator.isFinished(operation) else { return false }
    pending = nil
    isDone = true
    return true
  }

  package var isUnderWay: Bool { pending != nil }

  /// What all said, with the losses added in the order of the shards.
  func outcome(activeShards: Int) -> StepOutcome {
    var outcome = StepOutcome()
    for (rank, shards) in shards.enumerated() {
      let words = UnsafeBufferPointer(rebasing: all[rank * own.count..<(rank + 1) * own.count])
      outcome.signals.formUnion(StepSignals(rawValue: words[0]))
      for index in 0..<shards.clamped(to: 0..<activeShards).count {
        let word = 1 + 4 * index
        outcome.losses += LossSum(
          loss: Double(bitPattern: words[word]), top1: Int(words[word + 1]),
          top5: Int(words[word + 2]), images: Int(words[word + 3]))
      }
    }
    return outcome
  }
}

import CKernels
import Synchronization
import Tandem

/// The most float32 multiply-adds, in registers only, that the workers of a job do at once.
struct MultiplyAddPeak {
  /// Two operations for each multiply-add, of all workers of all ranks together.
  private(set) var operationsPerSecond = 0.0

  private static let rounds: Int64 = 20_000_000
  private static let turns = 3

  static var vectors: String { String(cString: tandem_probe_vector_name()) }

  /// Measures for a moment and keeps the best: a shared machine only ever takes speed away. All
  /// ranks come here at once, while nothing else runs.
  ///
  /// - Parameters:
  ///   - workers: of this rank.
  ///   - cpus: to pin them to, if there are as many.
  /// - Throws: `JobError`.
  mutating func measure(_ job: Job, workers: Int, pinnedTo cpus: [Int]) throws {
    let team = try Team(workers: workers, pinnedTo: cpus)
    defer { team.shutDown() }
    for _ in 0..<Self.turns {
      // So that ranks on one host measure what they leave each other.
      try job.perform("measuring the peak") { try $0.barrier() }
      let own = try Self.rate(of: team)
      let all = try job.gather("adding up the peak", own).reduce(0, +)
      operationsPerSecond = max(operationsPerSecond, all)
    }
  }

  private static func rate(of team: Team) throws -> Double {
    let total = Mutex(0.0)
    let start = ContinuousClock.now
    try team.run { _ in
      var sum: Float = 0
      let done = Double(tandem_probe_multiply_add(rounds, &sum))
      total.withLock { $0 += done }
    }
    return total.withLock { $0 } / ((ContinuousClock.now - start) / .seconds(1))
  }
}

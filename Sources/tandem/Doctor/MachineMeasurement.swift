import CKernels
import Foundation
import Synchronization
import Tandem

/// What the machine can do at most, measured: arithmetic in registers and copying between arrays
/// that no cache holds.
struct MachineMeasurement: Encodable {
  /// The vectors that the arithmetic used: `AVX-512`.
  let vectors: String
  /// Float32 multiply-adds, counted as two operations, of one core alone, in 10⁹ per second.
  let gigaflopsOneWorker: Double
  /// The same of all workers together.
  let gigaflopsAllWorkers: Double
  /// Bytes read plus bytes written while copying, in 10⁹ per second.
  let gigabytesPerSecondOneWorker: Double
  let gigabytesPerSecondAllWorkers: Double
  let workers: Int

  private static let copyBytes = 128 << 20
  private static let copies = 4
  private static let multiplyAddRounds: Int64 = 40_000_000

  /// Takes about a second.
  static func take(workers: Int, pinnedTo cpus: [Int]) throws -> MachineMeasurement {
    MachineMeasurement(
      vectors: String(cString: tandem_probe_vector_name()),
      gigaflopsOneWorker: try multiplyAddRate(workers: 1, pinnedTo: cpus) / 1e9,
      gigaflopsAllWorkers: try multiplyAddRate(workers: workers, pinnedTo: cpus) / 1e9,
      gigabytesPerSecondOneWorker: try copyRate(workers: 1, pinnedTo: cpus) / 1e9,
      gigabytesPerSecondAllWorkers: try copyRate(workers: workers, pinnedTo: cpus) / 1e9,
      workers: workers)
  }

  private static func multiplyAddRate(workers: Int, pinnedTo cpus: [Int]) throws -> Double {
    let team = try Team(workers: workers, pinnedTo: cpus)
    defer { team.shutDown() }
    return try rate(team) { _ in
      var sum: Float = 0
      return Double(tandem_probe_multiply_add(multiplyAddRounds, &sum))
    }
  }

  private static func copyRate(workers: Int, pinnedTo cpus: [Int]) throws -> Double {
    let team = try Team(workers: workers, pinnedTo: cpus)
    defer { team.shutDown() }
    let arenas = PerWorker<(MemoryArena, MemoryArena)>(workers: workers)
    try team.run { worker in
      // Filled here, so that the pages are near the worker's core.
      arenas[worker] = (
        try MemoryArena(byteCount: copyBytes, purpose: "bandwidth measurement", use: .program),
        try MemoryArena(byteCount: copyBytes, purpose: "bandwidth measurement", use: .program)
      )
    }
    return try rate(team) { worker in
      guard let (source, destination) = arenas[worker] else { return 0 }
      for _ in 0..<copies { memcpy(destination.base, source.base, copyBytes) }
      return Double(2 * copies * copyBytes)
    }
  }

  /// Units of work per second of all workers together: the best of three, because a shared machine
  /// only ever takes time away.
  private static func rate(
    _ team: Team, _ work: @escaping @Sendable (Worker) throws -> Double
  ) throws -> Double {
    var best = 0.0
    for _ in 0..<3 {
      let total = Mutex(0.0)
      let clock = ContinuousClock()
      let start = clock.now
      try team.run { worker in
        let done = try work(worker)
        total.withLock { $0 += done }
      }
      let seconds = (clock.now - start) / .seconds(1)
      best = max(best, total.withLock { $0 } / seconds)
    }
    return best
  }
}

import Foundation
import TandemCollectives
import TandemTensor

/// The arenas that ranks of one host have in common, so that they exchange gradients without
/// copying them, nor sending messages. On two cores that made `simple-convnet` about a tenth
/// faster; networks whose steps are long gain nothing.
package struct SharedArenas {
  package let parameters: MemoryArena
  /// The gradients of all logical shards, in their order.
  package let gradients: [MemoryArena]
  package let meeting: RankMeeting

  /// Larger arenas are better off as memory of one process, which can have huge pages.
  static let mostArenaBytes = 16 << 20
  /// The folder of shared memory; in containers it is often small.
  private static let folder = "/dev/shm"

  /// Whether all ranks share memory, which the first rank decides.
  ///
  /// - Parameters:
  ///   - bytes: of the parameters' arena.
  ///   - gradientBytes: of an arena of gradients.
  /// - Returns: false also where the ranks are on several hosts, arenas are large, or there is not
  ///   twice as much shared memory as it takes, or a limit of this process leaves no room for it.
  /// - Throws: `JobError`.
  static func areSensible(
    in job: Job, bytes: Int, gradientBytes: Int, shards: Int
  ) throws -> Bool {
    guard job.size > 1, job.localRanks.count == job.size, bytes <= mostArenaBytes else {
      return false
    }
    return try job.fromFirstRank("looking for shared memory") {
      let sharedBytes =
        shards * MemoryArena.pageBytes(gradientBytes) + MemoryArena.pageBytes(bytes)
      return 2 * sharedBytes <= freeBytes && MemoryLimits.allow(bytes: sharedBytes)
    }
  }

  private static var freeBytes: Int {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    return (attributes?[.systemFreeSize] as? NSNumber)?.intValue ?? 0
  }

  /// Makes the arenas; all ranks come here.
  ///
  /// - Parameters:
  ///   - bytes: of the parameters' arena.
  ///   - gradientBytes: of an arena of gradients; nil for as many.
  ///   - layout: whose the shards are.
  /// - Throws: `JobError`.
  package init(
    _ communicator: any Communicator, bytes: Int, gradientBytes: Int? = nil, layout: JobLayout
  ) throws {
    let shards = layout.shardsOfRanks
    let bytes = MemoryArena.pageBytes(bytes)
    let gradientBytes = gradientBytes.map(MemoryArena.pageBytes) ?? bytes
    let rank = communicator.rank
    // The first rank has the parameters and the place to meet behind its gradients.
    let more =
      bytes
      + MemoryArena.pageBytes(
        RankMeeting.byteCount(ranks: shards.count, shards: layout.division.shards))
    let bases = try communicator.shareMemory(
      byteCount: shards[rank].count * gradientBytes + (rank == 0 ? more : 0))
    gradients = zip(bases, shards).flatMap { base, shards in
      (0..<shards.count).map {
        MemoryArena(borrowing: base + $0 * gradientBytes, byteCount: gradientBytes)
      }
    }
    let end = bases[0] + shards[0].count * gradientBytes
    parameters = MemoryArena(borrowing: end, byteCount: bytes)
    meeting = RankMeeting(
      memory: end + bytes, rank: rank, ranks: shards.count,
      workers: layout.ranks.totalWorkers)
  }
}

import Foundation
import Tandem
import TandemInsight
import TandemTensor

/// The file of `--trace`: what all ranks did, written by the first of them.
struct TraceFile {
  let path: String

  /// Finds out before a long run whether there is a folder to write to.
  /// - Throws: `FileError`.
  func check() throws {
    guard FileSystem.access(FileSystem.parent(of: path), W_OK) == 0 else {
      throw FileError.cannotWrite(path: path, code: errno)
    }
  }

  /// All ranks come here.
  /// - Throws: `FileError` on the first rank, `JobError`.
  func write(_ timelines: RankTimelines, steps: ClosedRange<Int>, job: Job) throws {
    let own = try ChromeTrace.events(
      timelines, rank: job.rank, host: job.hosts[job.rank], steps: steps,
      clock: Self.clockDifference(job))
    // One rank after the other, so that no rank needs memory for all.
    func part(ofRank rank: Int) throws -> Data {
      if job.size == 1 { return own }
      return try job.perform("gathering the trace") {
        Data(try $0.broadcast(rank == job.rank ? [UInt8](own) : [], from: rank))
      }
    }
    guard job.rank == 0 else {
      for rank in 0..<job.size { _ = try part(ofRank: rank) }
      return
    }
    try AtomicFile.write(to: path) { writer in
      try writer.write(ChromeTrace.header)
      for rank in 0..<job.size {
        if rank > 0 { try writer.write(ChromeTrace.separator) }
        try writer.write(part(ofRank: rank))
      }
      try writer.write(ChromeTrace.footer)
    }
  }

  /// What to add to this rank's clock to get the first rank's, in nanoseconds. Processes of a host
  /// have the same clock; hosts look at theirs when they leave a barrier, which is as exact as a
  /// message is fast.
  private static func clockDifference(_ job: Job) throws -> Int64 {
    if Set(job.hosts).count == 1 { return 0 }
    var readings: [Int64] = []
    for _ in 0..<15 {
      try job.perform("comparing clocks") { try $0.barrier() }
      readings.append(Int64(Timeline.now))
    }
    let all = try job.gather("comparing clocks", readings)
    if job.hosts[job.rank] == job.hosts[0] { return 0 }
    let differences = zip(all[0], readings).map { $0 - $1 }.sorted()
    return differences[differences.count / 2]
  }
}

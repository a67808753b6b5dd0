import Foundation

/// Operations that return when they are over, for what happens outside of steps. They use the
/// `.general` channel, and the rank stays in touch with the others while it waits.
extension Communicator {
  /// Returns when the operation is over.
  package func wait(for operation: any PendingOperation) throws {
    // Another rank may be far behind, and may need this core to come here at all: so the longer it
    // takes, the longer are the naps.
    var polls = 0
    while try !isFinished(operation) {
      polls += 1
      if polls <= 20 { sched_yield() } else { usleep(polls < 200 ? 20 : 200) }
    }
  }

  /// Returns when all ranks have come here.
  package func barrier() throws {
    _ = try allGather(fixed: [])
  }

  /// Gives rank `root`'s bytes to all ranks; `memory` is as large on each.
  package func broadcast(_ memory: UnsafeMutableRawBufferPointer, from root: Int = 0) throws {
    try wait(for: startBroadcast(.general, memory, from: root))
  }

  /// Returns rank `root`'s bytes on all ranks; what others pass is ignored.
  package func broadcast(_ bytes: [UInt8], from root: Int = 0) throws -> [UInt8] {
    var count = bytes.count
    try withUnsafeMutableBytes(of: &count) { try broadcast($0, from: root) }
    var result = rank == root ? bytes : [UInt8](repeating: 0, count: count)
    try result.withUnsafeMutableBytes { try broadcast($0, from: root) }
    return result
  }

  /// Returns the bytes of each rank, in the order of the ranks; they may differ in number.
  package func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let own = withUnsafeBytes(of: bytes.count) { [UInt8]($0) }
    let counts = try allGather(fixed: own).map {
      $0.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
    }
    let longest = counts.max() ?? 0
    let padding = [UInt8](repeating: 0, count: longest - bytes.count)
    return try zip(allGather(fixed: bytes + padding), counts).map { [UInt8]($0.prefix($1)) }
  }

  /// The same for as many bytes on each rank.
  private func allGather(fixed own: [UInt8]) throws -> [ArraySlice<UInt8>] {
    // A barrier gathers nothing, but MPI would not wait for nothing.
    let own = own.isEmpty ? [0] : own
    var all = [UInt8](repeating: 0, count: own.count * size)
    try own.withUnsafeBytes { own in
      try all.withUnsafeMutableBytes { all in
        try wait(for: startAllGather(.general, own: own, all: all))
      }
    }
    return (0..<size).map { all[$0 * own.count..<($0 + 1) * own.count] }
  }

  /// Brings `parts[r]` of each rank r's floats to the same place on rank `root`.
  package func gather(
    _ floats: UnsafeMutablePointer<Float>, parts: [Range<Int>], to root: Int = 0
  ) throws {
    precondition(parts.count == size, "one part for each rank")
    let nothing = [Range<Int>](repeating: 0..<0, count: size)
    var sends = nothing
    var receives = nothing
    if rank == root {
      receives = parts
      receives[root] = 0..<0
    } else {
      sends[root] = parts[rank]
    }
    try wait(
      for: startAllToAll(.general, from: floats, sends: sends, into: floats, receives: receives))
  }

  /// Gives `parts[r]` of each rank r's floats to all ranks, at the same place.
  package func allGather(_ floats: UnsafeMutablePointer<Float>, parts: [Range<Int>]) throws {
    precondition(parts.count == size, "one part for each rank")
    try wait(for: startAllGather(.general, floats, parts: parts))
  }
}

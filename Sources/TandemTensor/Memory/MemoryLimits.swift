import Foundation
import TandemProcess

/// How much more memory this process can have.
///
/// Arrays and other values of Swift end the process where there is no memory for them, and Linux
/// ends it where it uses more than it was really given. So whoever needs a lot asks here first, and
/// has an error to report instead.
package enum MemoryLimits {
  /// What is left over for all that nobody asks for: the small values of all threads, the
  /// libraries' own memory, and an error's report.
  package static let marginBytes = 32 << 20

  /// What is asked for below this size is not worth reading the system's files.
  private static let smallBytes = 1 << 20

  /// Makes sure that `bytes` more can be had and used, with a margin.
  ///
  /// - Parameters:
  ///   - usedBytes: how many of them will be written to, at most; nil for all.
  ///   - purpose: what they are for, as in "no memory for the …".
  ///   - use: what makes them so many.
  /// - Throws: `MemoryError` that says which limit is in the way.
  package static func require(
    bytes: Int, usedBytes: Int? = nil, purpose: String, use: MemoryError.Use = .data
  ) throws(MemoryError) {
    if let limit = shortage(bytes: bytes, usedBytes: usedBytes) {
      throw MemoryError(neededBytes: bytes, purpose: purpose, use: use, shortage: limit)
    }
  }

  /// Whether `bytes` more can be had and used, with a margin.
  package static func allow(bytes: Int) -> Bool { shortage(bytes: bytes) == nil }

  /// What stands in the way of `bytes` more; nil if nothing does.
  ///
  /// - Parameters:
  ///   - usedBytes: how many of them will be written to; nil for all.
  ///   - promisedBytes: what others have been given and not yet written to.
  static func shortage(
    bytes: Int, usedBytes: Int? = nil, promisedBytes: Int = 0
  ) -> MemoryError.Shortage? {
    let isGranted = isGranted(bytes)
    if isGranted && bytes < smallBytes { return nil }
    let limits = current().sorted { $0.availableBytes < $1.availableBytes }
    for limit in limits {
      let left = limit.availableBytes - marginBytes
      let isEnough =
        limit.countsUnused ? bytes <= left : usedBytes ?? bytes <= left - promisedBytes
      if !isEnough { return .limit(limit) }
    }
    return isGranted ? nil : refusal(limits)
  }

  /// What to say where the system has refused memory although no limit was in the way when asked:
  /// enough is left, but not in one piece, or another thread has had it in between.
  package static func refusal(bytes: Int) -> MemoryError.Shortage {
    let limits = current()
    let tooSmall = limits.first { $0.countsUnused && bytes > $0.availableBytes - marginBytes }
    return tooSmall.map { .limit($0) } ?? refusal(limits)
  }

  private static func refusal(_ limits: [MemoryLimit]) -> MemoryError.Shortage {
    let nearest = limits.filter(\.countsUnused).min { $0.availableBytes < $1.availableBytes }
    return nearest.map { .refusedNear($0) } ?? .refused
  }

  /// All limits of this process at this moment.
  package static func current() -> [MemoryLimit] {
    MemoryLimit.all(groups: groups, resourceLimit: resourceLimit, contents: SystemFile.contents)
  }

  /// Whether the system would give this process as much in one piece.
  private static func isGranted(_ bytes: Int) -> Bool {
    let (sum, overflow) = bytes.addingReportingOverflow(marginBytes)
    guard !overflow else { return false }
    let protection = PROT_READ | PROT_WRITE
    guard let base = mmap(nil, sum, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      base != MAP_FAILED
    else { return false }
    munmap(base, sum)
    return true
  }

  private static let groups = ControlGroups.folders(
    controller: "memory", contents: SystemFile.contents)

  private static func resourceLimit(_ kind: MemoryLimit.Kind) -> Int? {
    switch kind {
    case .addressSpace: ResourceLimit.addressSpace.current
    case .data: ResourceLimit.data.current
    default: nil
    }
  }
}

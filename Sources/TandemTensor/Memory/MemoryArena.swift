import Foundation
import Synchronization

/// One contiguous, zeroed block of memory, which lives as long as this object unless it is
/// borrowed.
///
/// A block of 2 MiB or more starts at a huge-page boundary and asks the kernel for huge pages: page
/// faults and TLB misses over the large arenas of a training step were measured to cost about 10 %.
/// Smaller ones start at a page.
///
/// Ownership: the arena only owns the allocation. Who may write which part of it, and when, is the
/// business of the type that holds the arena, and is written there.
package final class MemoryArena: @unchecked Sendable {  // Sendable: all properties are constants.
  private static let hugePageBytes = 2 << 20
  private static let smallPageBytes = 4096

  package let base: UnsafeMutableRawPointer
  /// What was asked for, rounded up to whole pages.
  package let byteCount: Int

  private let owner: Owner

  /// Who gives the memory back.
  private enum Owner {
    case somebodyElse
    /// This arena, to the C library.
    case heap
    /// This arena, which was only counted, to the system.
    case mapping
  }

  /// - Parameters:
  ///   - purpose: what the memory is for, as in "no memory for the …".
  ///   - use: what makes it so much.
  ///   - unused: parts, in ascending order, that nobody will touch: they get no memory and are not
  ///     zeroed.
  /// - Throws: `MemoryError` if the system cannot provide the block, or would end the process for
  ///   using it.
  package init(
    byteCount: Int, purpose: String, use: MemoryError.Use = .computation, unused: [Range<Int>] = []
  ) throws {
    let isLarge = byteCount >= Self.hugePageBytes
    let alignment = isLarge ? Self.hugePageBytes : Self.smallPageBytes
    let (padded, overflow) = byteCount.addingReportingOverflow(alignment - 1)
    let size = overflow ? .max : max(1, padded / alignment) * alignment
    let usedBytes = size - unused.reduce(0) { $0 + $1.count }
    if let base = try Self.counted(size, usedBytes, purpose: purpose, use: use) {
      self.base = base
      self.byteCount = size
      owner = .mapping
      return
    }
    let base = try Self.allocate(alignment, size, usedBytes) { shortage in
      MemoryError(neededBytes: size, purpose: purpose, use: use, shortage: shortage)
    }
    defer { Self.untouched.withLock { $0 -= usedBytes } }
    if isLarge { madvise(base, size, MADV_HUGEPAGE) }
    // Also has the pages made now, on the memory of this thread's processor, and not in a step.
    var start = 0
    for gap in unused {
      if isLarge { Self.keepPagesSmall(around: gap, base, size) }
      memset(base + start, 0, gap.lowerBound - start)
      start = gap.upperBound
    }
    memset(base + start, 0, size - start)
    self.base = base
    self.byteCount = size
    owner = .heap
  }

  /// What arenas were given and have not yet written to: Linux does not count it as used.
  private static let untouched = Mutex(0)

  /// One thread at a time, or several would be promised the same memory.
  private static func allocate(
    _ alignment: Int, _ size: Int, _ usedBytes: Int,
    error: (MemoryError.Shortage) -> MemoryError
  ) throws -> UnsafeMutableRawPointer {
    try untouched.withLock { promised in
      if let shortage = MemoryLimits.shortage(
        bytes: size, usedBytes: usedBytes, promisedBytes: promised)
      {
        throw error(shortage)
      }
      guard let base = aligned_alloc(alignment, size) else {
        throw error(MemoryLimits.refusal(bytes: size))
      }
      promised += usedBytes
      return base
    }
  }

  /// Asks the kernel for huge pages where they fit into memory that has not been used yet: a page
  /// fault for each small one takes longer than reading a file into it.
  static func preferHugePages(in memory: UnsafeMutableRawBufferPointer) {
    guard let base = memory.baseAddress, memory.count >= 2 * hugePageBytes else { return }
    let start = base.alignedUp(toMultipleOf: smallPageBytes)
    madvise(start, base + memory.count - start, MADV_HUGEPAGE)
  }

  /// A huge page at the edge of a gap would cost memory in the gap.
  private static func keepPagesSmall(
    around gap: Range<Int>, _ base: UnsafeMutableRawPointer, _ size: Int
  ) {
    let start = gap.lowerBound / hugePageBytes * hugePageBytes
    let end = (gap.upperBound + hugePageBytes - 1) / hugePageBytes * hugePageBytes
    madvise(base + start, min(end, size) - start, MADV_NOHUGEPAGE)
  }

  /// Gives the system back what lies wholly in `bytes`; it is zero when it is touched again.
  package func forget(_ bytes: Range<Int>) {
    precondition(owner != .somebodyElse && 0 <= bytes.lowerBound && bytes.upperBound <= byteCount)
    let page = Self.smallPageBytes
    let start = (bytes.lowerBound + page - 1) / page * page
    let end = bytes.upperBound / page * page
    if start < end { madvise(base + start, end - start, MADV_DONTNEED) }
  }

  /// Memory of somebody else, who keeps it for as long as this object lives.
  /// - Parameter base: the start of a page.
  package init(borrowing base: UnsafeMutableRawPointer, byteCount: Int) {
    precondition(Int(bitPattern: base) % Self.smallPageBytes == 0, "an arena starts at a page")
    self.base = base
    self.byteCount = byteCount
    owner = .somebodyElse
  }

  deinit {
    switch owner {
    case .somebodyElse: break
    case .heap: free(base)
    case .mapping: munmap(base, byteCount)
    }
  }

  /// A size rounded up to whole pages.
  package static func pageBytes(_ byteCount: Int) -> Int {
    (byteCount + smallPageBytes - 1) / smallPageBytes * smallPageBytes
  }

  /// The arena seen as float32 elements, starting `elementOffset` elements after its base.
  package func floats(at elementOffset: Int = 0) -> UnsafeMutablePointer<Float> {
    base.assumingMemoryBound(to: Float.self) + elementOffset
  }
}

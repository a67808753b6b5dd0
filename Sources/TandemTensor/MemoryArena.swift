import Foundation

/// One contiguous, zeroed block of memory, which lives as long as this object unless it is borrowed.
///
/// A block of 2 MiB or more starts at a huge-page boundary and asks the kernel for huge pages: page
/// faults and TLB misses over the large arenas of a training step were measured to cost about 10 %.
/// Smaller ones start at a page.
///
/// Ownership: the arena only owns the allocation. Who may write which part of it, and when, is the
/// business of the type that holds the arena, and is written there.
public final class MemoryArena: @unchecked Sendable {  // Sendable: all properties are constants.
  private static let hugePageBytes = 2 << 20
  private static let smallPageBytes = 4096

  public let base: UnsafeMutableRawPointer
  /// What was asked for, rounded up to whole pages.
  public let byteCount: Int

  private let isOwner: Bool

  /// - Parameter unused: parts, in ascending order, that nobody will touch: they get no memory and are
  ///   not zeroed.
  /// - Throws: `MemoryError.outOfMemory` if the system cannot provide the block, or the machine has
  ///   not that much memory.
  public init(byteCount: Int, purpose: String, unused: [Range<Int>] = []) throws {
    // Linux promises more than there is, and ends a process that uses what it was promised.
    guard byteCount <= Int(clamping: ProcessInfo.processInfo.physicalMemory) else {
      throw MemoryError.outOfMemory(byteCount: byteCount, purpose: purpose)
    }
    let isLarge = byteCount >= Self.hugePageBytes
    let alignment = isLarge ? Self.hugePageBytes : Self.smallPageBytes
    let size = max(1, (byteCount + alignment - 1) / alignment) * alignment
    guard let base = aligned_alloc(alignment, size) else {
      throw MemoryError.outOfMemory(byteCount: byteCount, purpose: purpose)
    }
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
    isOwner = true
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
  public func forget(_ bytes: Range<Int>) {
    precondition(isOwner && 0 <= bytes.lowerBound && bytes.upperBound <= byteCount)
    let page = Self.smallPageBytes
    let start = (bytes.lowerBound + page - 1) / page * page
    let end = bytes.upperBound / page * page
    if start < end { madvise(base + start, end - start, MADV_DONTNEED) }
  }

  /// Memory of somebody else, who keeps it for as long as this object lives.
  /// - Parameter base: the start of a page.
  public init(borrowing base: UnsafeMutableRawPointer, byteCount: Int) {
    precondition(Int(bitPattern: base) % Self.smallPageBytes == 0, "an arena starts at a page")
    self.base = base
    self.byteCount = byteCount
    isOwner = false
  }

  deinit {
    if isOwner { free(base) }
  }

  /// A size rounded up to whole pages.
  public static func pageBytes(_ byteCount: Int) -> Int {
    (byteCount + smallPageBytes - 1) / smallPageBytes * smallPageBytes
  }

  /// The arena seen as float32 elements, starting `elementOffset` elements after its base.
  public func floats(at elementOffset: Int = 0) -> UnsafeMutablePointer<Float> {
    base.assumingMemoryBound(to: Float.self) + elementOffset
  }
}

/// A failed request for memory.
public enum MemoryError: Error, CustomStringConvertible {
  case outOfMemory(byteCount: Int, purpose: String)

  public var description: String {
    switch self {
    case .outOfMemory(let byteCount, let purpose):
      "no memory for the \(purpose): \(byteCount / 1_048_576) MiB were refused; "
        + "use a smaller --batch-size, or fewer --workers and --shards"
    }
  }
}

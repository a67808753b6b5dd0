import Foundation

/// One contiguous, zeroed block of memory that lives as long as this object.
///
/// The block starts at a huge-page boundary and asks the kernel for huge pages: page faults and TLB
/// misses over the large arenas of a training step were measured to cost about 10 %.
///
/// Ownership: the arena only owns the allocation. Who may write which part of it, and when, is the
/// business of the type that holds the arena, and is written there.
public final class MemoryArena: @unchecked Sendable {  // Sendable: both properties are constants.
  public static let alignment = 2 << 20

  public let base: UnsafeMutableRawPointer
  public let byteCount: Int

  /// - Throws: `MemoryError.outOfMemory` if the system cannot provide the block.
  public init(byteCount: Int, purpose: String) throws {
    let rounded = max(1, (byteCount + Self.alignment - 1) / Self.alignment) * Self.alignment
    // Anonymous mappings arrive zeroed and are backed by memory only when first touched.
    let small = byteCount < Self.alignment
    let alignment = small ? 4096 : Self.alignment
    let size = small ? max(4096, (byteCount + 4095) / 4096 * 4096) : rounded
    guard let base = aligned_alloc(alignment, size) else {
      throw MemoryError.outOfMemory(byteCount: byteCount, purpose: purpose)
    }
    if !small { madvise(base, size, MADV_HUGEPAGE) }
    memset(base, 0, size)
    self.base = base
    self.byteCount = size
  }

  deinit {
    free(base)
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
      "no memory for the \(purpose): \(byteCount / 1_048_576) MiB were refused by the system; "
        + "use a smaller --batch-size, or fewer --workers and --shards"
    }
  }
}

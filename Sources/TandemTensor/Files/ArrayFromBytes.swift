import Foundation

extension Array where Element: BitwiseCopyable {
  /// An array of `count` elements whose memory `fill` writes, every byte of it; it is not cleared
  /// before, which matters for arrays of gigabytes.
  ///
  /// Not the standard library's initialiser for a `count` of 0: that one writes to the storage
  /// which all empty arrays share, and the thread sanitizer takes two of them at once for a data
  /// race.
  package init(
    count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws -> Void
  ) rethrows {
    guard count > 0 else {
      self = []
      return
    }
    try self.init(unsafeUninitializedCapacity: count) { memory, initializedCount in
      MemoryArena.preferHugePages(in: UnsafeMutableRawBufferPointer(memory))
      try fill(UnsafeMutableRawBufferPointer(memory.extracting(..<count)))
      initializedCount = count
    }
  }
}

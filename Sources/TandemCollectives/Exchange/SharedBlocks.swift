import Synchronization

/// Blocks of work that one thread hands out, again and again, and any number of threads take, one
/// block after the other.
///
/// Safe to share: atomics. The counts never go back, so that a thread that comes late finds nothing
/// to take instead of a block of the wrong turn.
package final class SharedBlocks: Sendable {
  /// Blocks per turn.
  package let count: Int
  private let opened = Atomic<Int>(0)
  private let taken = Atomic<Int>(0)
  private let finished = Atomic<Int>(0)

  package init(count: Int) {
    self.count = count
  }

  /// Hands out all blocks once more; those of the turn before must be finished. What the calling
  /// thread wrote before is seen by those that take a block.
  package func open() {
    opened.store(opened.load(ordering: .relaxed) + count, ordering: .releasing)
  }

  /// A block to work on, 0 ..< `count`; nil if there is none left.
  package func take() -> Int? {
    var next = taken.load(ordering: .relaxed)
    while next < opened.load(ordering: .acquiring) {
      let (isTaken, found) = taken.compareExchange(
        expected: next, desired: next + 1, successOrdering: .relaxed, failureOrdering: .relaxed)
      if isTaken { return next % count }
      next = found
    }
    return nil
  }

  /// Says that a block that was taken is done.
  package func finish() {
    finished.add(1, ordering: .acquiringAndReleasing)
  }

  /// Whether all blocks that were handed out are done; what was written for them can be read then.
  package var isFinished: Bool {
    finished.load(ordering: .acquiring) == opened.load(ordering: .relaxed)
  }

  /// Whether there is a block to take.
  package var hasBlocks: Bool {
    taken.load(ordering: .relaxed) < opened.load(ordering: .acquiring)
  }
}

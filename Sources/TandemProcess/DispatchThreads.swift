import Dispatch
import Foundation

/// Threads of Dispatch that run one long block each.
///
/// Where the system refuses a thread, Dispatch asks again without end and without a word, on the
/// thread that has handed it the block. So whether there can be enough threads is found out before;
/// and because other processes may take them in the meantime, Dispatch is asked from a thread of
/// its own, and the caller sees when nothing comes of it.
package enum DispatchThreads {
  /// Returns when all blocks have begun.
  ///
  /// - Parameters:
  ///   - label: of the queues, a serial one for each block, which keeps it on one thread; the
  ///     thread has its name meanwhile.
  ///   - group: that the blocks belong to.
  ///   - body: the block, given its number.
  /// - Throws: `ThreadShortage`; then some of the blocks may have begun, or begin later.
  package static func start(
    _ count: Int, label: String, in group: DispatchGroup? = nil,
    _ body: @escaping @Sendable (Int) -> Void
  ) throws {
    // Dispatch has one of its own besides, and there is the one that asks.
    try OwnThread.require(count + 2)
    let arrivals = Arrivals()
    try OwnThread.start("tandem.start") {
      for index in 0..<count {
        let queue = DispatchQueue(label: "\(label).\(index)", qos: .userInitiated)
        queue.async(group: group) {
          // Tools that show threads show what they are for. Dispatch keeps them for other work.
          OwnThread.rename("\(label).\(index)")
          defer { OwnThread.rename("tandem") }
          arrivals.add()
          body(index)
        }
      }
    }
    try arrivals.wait(for: count)
  }

  /// How many blocks have begun.
  ///
  /// Safe to share: `count` is guarded by `condition`.
  private final class Arrivals: @unchecked Sendable {
    private let condition = NSCondition()
    private var count = 0

    func add() {
      condition.lock()
      count += 1
      condition.broadcast()
      condition.unlock()
    }

    /// A busy machine takes its time; a thread that cannot be made, several times, is another
    /// matter.
    func wait(for needed: Int) throws {
      condition.lock()
      defer { condition.unlock() }
      var refusals = 0
      while count < needed {
        if condition.wait(until: Date(timeIntervalSinceNow: 1)) { continue }
        do {
          try OwnThread.require(1)
          refusals = 0
        } catch let shortage as ThreadShortage {
          refusals += 1
          guard refusals == 5 else { continue }
          throw ThreadShortage(needed: needed, made: count, limit: shortage.limit)
        }
      }
    }
  }
}

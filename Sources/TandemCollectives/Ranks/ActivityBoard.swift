import Synchronization

/// What a rank is doing, written by its workers and read when it has to be told to others. Costs a
/// relaxed store, so workers may write before each layer.
///
/// Safe to share: atomics.
package final class ActivityBoard: Sendable {
  /// What a rank can be busy with in a step.
  package enum Phase: UInt8, Sendable {
    case starting
    case waitingForData
    case forward
    case backward
    case exchanging
    case evaluating
    case writingCheckpoint
    case finished
  }

  package struct Entry: Hashable, Sendable {
    package let phase: Phase
    /// 1-based; 0 before the first.
    package let step: Int
    /// The index of the layer's node in the network's graph; nil where there is none.
    package let node: Int?
  }

  /// phase in the lowest byte, node + 1 in the next three bytes, step in the upper four.
  private let word = Atomic<UInt64>(0)

  package init() {}

  package func set(_ phase: Phase, step: Int, node: Int? = nil) {
    let node = UInt64(truncatingIfNeeded: (node ?? -1) + 1) & 0xFF_FFFF
    word.store(
      UInt64(phase.rawValue) | node << 8 | UInt64(truncatingIfNeeded: step) << 32,
      ordering: .relaxed)
  }

  package var entry: Entry { Self.entry(packed: packed) }

  /// The entry as a number that can be sent.
  package var packed: UInt64 { word.load(ordering: .relaxed) }

  package static func entry(packed: UInt64) -> Entry {
    let node = Int(packed >> 8 & 0xFF_FFFF)
    return Entry(
      phase: Phase(rawValue: UInt8(truncatingIfNeeded: packed)) ?? .starting,
      step: Int(packed >> 32), node: node == 0 ? nil : node - 1)
  }
}

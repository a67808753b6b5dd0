import CKernels
import TandemCollectives
import TandemTensor

/// Rounds what an update adds to parameters to bfloat16, block by block: see `WireFormat`.
///
/// Ownership: belongs to one thread.
struct ChangeRounding {
  private let parameters: UnsafeMutablePointer<Float>
  private let changes: UnsafeMutablePointer<BFloat16Bits>?
  private let memory: MemoryArena
  /// The parameters of a block before the update.
  private let before: UnsafeMutablePointer<Float>
  /// Changes of a block that nobody asks for.
  private let unasked: UnsafeMutablePointer<BFloat16Bits>

  /// - Parameters:
  ///   - parameters: the arena.
  ///   - changes: where the changes go, laid out alike; nil if nobody asks for them.
  /// - Throws: `MemoryError.outOfMemory`.
  init(
    _ parameters: UnsafeMutablePointer<Float>, changes: UnsafeMutablePointer<BFloat16Bits>?
  ) throws {
    self.parameters = parameters
    self.changes = changes
    let bytes = Blocks.elements * MemoryLayout<Float>.size
    memory = try MemoryArena(byteCount: 2 * bytes, purpose: "changes of a block")
    before = memory.floats()
    unasked = (memory.base + bytes).assumingMemoryBound(to: BFloat16Bits.self)
  }

  /// Begins the update of a block of at most `Blocks.elements`.
  func begin(_ block: Range<Int>) {
    before.update(from: parameters + block.lowerBound, count: block.count)
  }

  /// Ends it.
  func end(_ block: Range<Int>) {
    tandem_round_change(
      parameters + block.lowerBound, before, changes.map { $0 + block.lowerBound } ?? unasked,
      block.count)
  }
}

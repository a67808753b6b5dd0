/// A tensor in a buffer: the unit that operators hand to each other.
struct Operand: Sendable {
  let buffer: Buffer.ID
  let descriptor: MemoryDescriptor

  /// The same memory read with another shape; both formats must be plain.
  func viewed(as descriptor: MemoryDescriptor) -> Operand {
    Operand(buffer: buffer, descriptor: descriptor)
  }
}

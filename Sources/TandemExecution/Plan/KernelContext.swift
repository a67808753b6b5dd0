import TandemNetwork

/// What a kernel of ours sees while it runs.
struct KernelContext: ~Copyable {
  let pointers: UnsafePointer<UnsafeMutableRawPointer>
  let dropout: DropoutContext?
  /// Whether to add to the gradients that are there.
  let addsGradients: Bool
  /// What one image counts in a statistic of the whole step; nil where these images are all of it.
  let shareOfImage: Float?
  /// Where these images' factors of weight gradients go, by the layer's place in `Plan.factored`.
  let factors: [FactorRows]
  /// Replaces numbers by their sums over all logical shards that belong together; nil where the
  /// images at hand are all.
  let sumOverShards: StatisticsSum?
  /// Waits for the other devices of the model group; nil where the whole network is computed.
  let meet: Meeting?

  /// What a statistic of so many images counts in that of the whole step.
  func share(ofImages images: Int) -> Float { shareOfImage.map { Float(images) * $0 } ?? 1 }

  func floats(_ operand: Operand) -> UnsafeMutablePointer<Float> {
    precondition(operand.descriptor.elementType == .float32, "the kernel is for float32")
    return floats(operand.buffer)
  }

  func floats(_ buffer: Buffer.ID) -> UnsafeMutablePointer<Float> {
    pointers[buffer.index].assumingMemoryBound(to: Float.self)
  }

  /// The elements of a tensor whose type the kernel knows.
  func elements(_ operand: Operand) -> UnsafeMutableRawPointer { pointers[operand.buffer.index] }

  func doubles(_ buffer: Buffer.ID, count: Int) -> UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(
      start: pointers[buffer.index].assumingMemoryBound(to: Double.self), count: count)
  }

  func bytes(_ buffer: Buffer.ID) -> UnsafeMutablePointer<UInt8> {
    pointers[buffer.index].assumingMemoryBound(to: UInt8.self)
  }
}

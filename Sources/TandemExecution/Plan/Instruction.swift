import COneDNN
import TandemNetwork

/// One of our own kernels, with its arguments.
typealias Kernel = @Sendable (borrowing KernelContext) throws -> Void

/// One step of a compiled program.
struct Instruction: Sendable {
  /// Layer path and activity: `conv1 forward`.
  let label: String
  /// The index of the layer's node in the graph.
  let node: Int
  /// How many images the node computes.
  let images: Int
  /// Whether it is part of an exchange among the devices of a model group.
  let isOfCrossing: Bool
  let body: Body
  let reads: [Buffer.ID]
  let writes: [Buffer.ID]

  enum Body: Sendable {
    /// Compiled code of oneDNN with its arguments.
    case primitive(Primitive, [Argument])
    /// One of our own kernels, which looks its buffers up in the replica's memory.
    case kernel(Kernel)
  }

  struct Argument: Sendable {
    let number: Int32
    let operand: Operand
  }

  /// Whether it is the layer's forward pass or one of the two halves of its backward pass, which take as
  /// many multiply-adds each; the others bring values into other formats and the like.
  func isPass(ofLayer name: String) -> Bool {
    ["forward", "backward input", "backward parameters"].contains { label == "\(name) \($0)" }
  }

  /// What did the work, for reports: oneDNN's implementation or `tandem`.
  var implementation: String {
    switch body {
    case .primitive(let primitive, _): primitive.implementation
    case .kernel: "tandem"
    }
  }
}

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
  /// Replaces numbers by their sums over all logical shards that belong together; nil where the images
  /// at hand are all.
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

  /// Of a tensor whose type the kernel knows.
  func elements(_ operand: Operand) -> UnsafeMutableRawPointer { pointers[operand.buffer.index] }

  func doubles(_ buffer: Buffer.ID, count: Int) -> UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(
      start: pointers[buffer.index].assumingMemoryBound(to: Double.self), count: count)
  }

  func bytes(_ buffer: Buffer.ID) -> UnsafeMutablePointer<UInt8> {
    pointers[buffer.index].assumingMemoryBound(to: UInt8.self)
  }
}

import COneDNN
import TandemNetwork

/// One step of a compiled program.
struct Instruction: Sendable {
  /// Layer path and activity: `conv1 forward`.
  let label: String
  /// The index of the layer's node in the graph.
  let node: Int
  let body: Body
  let reads: [Buffer.ID]
  let writes: [Buffer.ID]

  enum Body: Sendable {
    /// Compiled code of oneDNN with its arguments.
    case primitive(Primitive, [Argument])
    /// One of our own kernels, which looks its buffers up in the replica's memory.
    case kernel(@Sendable (borrowing KernelContext) -> Void)
  }

  struct Argument: Sendable {
    let number: Int32
    let operand: Operand
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

  func floats(_ operand: Operand) -> UnsafeMutablePointer<Float> {
    pointers[operand.buffer.index].assumingMemoryBound(to: Float.self)
  }

  func bytes(_ buffer: Buffer.ID) -> UnsafeMutablePointer<UInt8> {
    pointers[buffer.index].assumingMemoryBound(to: UInt8.self)
  }
}

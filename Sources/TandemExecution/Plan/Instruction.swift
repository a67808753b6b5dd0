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

  /// Whether it is the layer's forward pass or one of the two halves of its backward pass, which
  /// take as many multiply-adds each; the others bring values into other formats and the like.
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

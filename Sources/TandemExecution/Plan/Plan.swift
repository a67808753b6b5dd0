import TandemNetwork
import TandemTensor

/// A network compiled for a number of images: the instructions of its forward and backward pass in
/// order, and the place of every buffer. It holds no data; every worker runs it on memory of its
/// own, through a `Replica`.
package final class Plan: Sendable {
  package let graph: NetworkGraph
  /// How many nodes of a device's graph stand before this part of it; 0 for all of it.
  package let nodesBefore: Int
  /// Images per call of forward, N, of which there are logits.
  package let images: Int
  /// The images that are handed in: fewer where the plan is a device's and begins with images of
  /// its own.
  package let inputImages: Int
  /// Bytes that the devices of a model group have in common; 0 for a whole network.
  package let crossingBytes: Int
  package let mode: Mode
  package let precision: Precision
  /// The dense layers of whose weight gradients backward writes the factors only.
  package let factored: [FactoredWeight]
  /// Whether backward can add to the gradients that are there.
  package let addsGradients: Bool
  /// Bytes of activations, gradients of activations and scratch memory of one replica.
  package let arenaBytes: Int
  /// Bytes that the same buffers would take without sharing places by lifetime.
  package let unsharedArenaBytes: Int
  /// Bytes at the disposal of the caller between forward and backward, see `Replica.room`.
  package let roomBytes: Int
  /// Bytes of the copies of parameters in other formats, per replica.
  package let parameterCopyBytes: Int

  let buffers: [Buffer]
  /// Byte offset of each arena buffer in the replica's arena and of each parameter copy in the
  /// replica's copies; 0 for the others. By buffer index.
  let offsets: [Int]
  /// First and last instruction that touch a buffer; nil for buffers outside the arena.
  let lifetimes: [ClosedRange<Int>?]
  let prepare: [Instruction]
  let forward: [Instruction]
  let backward: [Instruction]
  /// After backward instruction `instruction`, the gradients `[0, elements)` are final.
  let finished: [(instruction: Int, elements: Int)]
  let logits: Operand
  let logitsGradient: Operand?
  let imagesGradient: Operand?
  let room: Buffer.ID
  let auxiliaries: [Auxiliary]
  /// What the caller may read of inner layers, by node.
  let observations: [Int: Observation]
  /// Kinds of oneDNN's operations in it.
  package let operationKinds: Set<OperationKind>
  /// Whether it may add up gradients of dense layers by oneDNN's product of matrices.
  var multipliesMatrices: Bool { addsGradients }

  /// Bytes of activations that a plan should keep at most from forward to backward: beyond that
  /// some are computed again, and shards are computed in parts.
  package static let mostActivationBytes = 400 << 20

  /// An output beside the network's own.
  struct Auxiliary: Sendable {
    let weight: Float
    let logits: Operand
    let gradient: Operand
  }

  /// Copies of what an inner layer puts out, and of the gradient of that, in plain order.
  struct Observation: Sendable {
    let output: Operand
    /// nil in plans for inference.
    var gradient: Operand?
  }

  package enum Mode: Hashable, Sendable {
    /// Forward and backward; dropout is active.
    case training
    /// Forward only: no activation outlives its last use.
    case inference
  }

  /// Compiles a network.
  /// - Parameters:
  ///   - images: the fixed number of images per forward pass, at least 1.
  ///   - precision: of what the instructions compute with; parameters, logits and gradients of both
  ///     are float32 in any case.
  ///   - use: what backward has to do, and within which memory.
  /// - Throws: `ExecutionError` if oneDNN refuses an operation or a layer cannot be executed.
  package convenience init(
    _ graph: NetworkGraph, images: Int, mode: Mode, precision: Precision = .float32,
    use: PlanUse = PlanUse()
  ) throws {
    try self.init(
      graph, device: nil, images: images, mode: mode, precision: precision, use: use)
  }

  /// Compiles one device's part of a network.
  /// - Parameters:
  ///   - device: with at least one image of its own.
  ///   - others: as above.
  /// - Throws: as above.
  package convenience init(
    _ device: DevicePart, mode: Mode, precision: Precision = .float32, use: PlanUse = PlanUse()
  ) throws {
    try self.init(
      device.graph.graph, device: device, images: device.images.reduce(0, +), mode: mode,
      precision: precision, use: use)
  }

  private init(
    _ graph: NetworkGraph, device: DevicePart?, images: Int, mode: Mode, precision: Precision,
    use: PlanUse
  ) throws {
    precondition(images > 0, "a plan is for at least one image")
    OneDNN.useOneThreadHere()
    try precision.check()
    var builder = PlanBuilder(
      graph: graph, device: device, images: images, mode: mode, precision: precision, use: use)
    var compiler = try GraphCompiler(
      graph, gradientOfImages: use.gradientOfImages, observed: use.observed, &builder)
    let logits = try compiler.compileForward(&builder)
    var logitsGradient: Operand?
    var imagesGradient: Operand?
    var auxiliaries: [Auxiliary] = []
    if mode == .training {
      let start = builder.operand("logits gradient", logits.descriptor)
      logitsGradient = start
      auxiliaries = try compiler.auxiliaryOutputs(&builder)
      compiler.limitActivations(
        to: use.mostActivationBytes ?? Self.mostActivationBytes, &builder)
      imagesGradient = try compiler.compileBackward(
        from: start, auxiliaries: auxiliaries, &builder)
    }

    self.graph = graph
    nodesBefore = device?.graph.nodesBefore ?? 0
    self.images = builder.images(ofNode: graph.nodes.count - 1)
    inputImages = builder.inputImages
    crossingBytes = device?.crossingLayout.byteCount ?? 0
    self.mode = mode
    self.precision = precision
    factored = use.factored
    addsGradients = use.addsGradients
    self.logits = logits
    self.logitsGradient = logitsGradient
    self.imagesGradient = imagesGradient
    self.auxiliaries = auxiliaries
    observations = compiler.observations
    roomBytes = use.roomBytes
    let room = builder.buffer("room for other replicas", byteCount: use.roomBytes)
    self.room = room
    buffers = builder.buffers
    prepare = builder.prepare
    forward = builder.forward
    backward = builder.backward
    finished = compiler.finished
    operationKinds = builder.operationKinds

    let atLoss =
      [logits, logitsGradient].compactMap { $0 }
      + auxiliaries.flatMap { [$0.logits, $0.gradient] }
    let storage = PlanStorage(
      builder, usedByLoss: atLoss.map(\.buffer) + (use.roomBytes > 0 ? [room] : []),
      readAtEnd: [imagesGradient?.buffer].compactMap { $0 }
        + observations.values.flatMap { [$0.output.buffer, $0.gradient?.buffer] }.compactMap { $0 })
    offsets = storage.offsets
    lifetimes = storage.lifetimes
    arenaBytes = storage.arenaBytes
    unsharedArenaBytes = storage.unsharedArenaBytes
    parameterCopyBytes = storage.parameterCopyBytes
  }

  /// What each instruction is and does, in order of execution.
  package var report: [InstructionReport] {
    [("prepare", prepare), ("forward", forward), ("backward", backward)].flatMap {
      (section, instructions) in
      instructions.map { instruction in
        let node = graph.nodes[instruction.node]
        // A pass may be several instructions, one for each group.
        let parts = instructions.count { $0.label == instruction.label }
        return InstructionReport(
          label: instruction.label, layer: node.name, kind: type(of: node.layer).kind,
          section: section,
          implementation: instruction.implementation,
          multiplyAdds: instruction.isPass(ofLayer: node.name)
            ? instruction.images * node.multiplyAdds / parts : 0,
          bytesRead: instruction.reads.reduce(0) { $0 + buffers[$1.index].byteCount },
          bytesWritten: instruction.writes.reduce(0) { $0 + buffers[$1.index].byteCount })
      }
    }
  }

  package struct InstructionReport: Hashable, Codable, Sendable {
    /// Layer path and activity: `conv1 forward`.
    package let label: String
    /// The layer that it is for and what kind of layer that is: `conv1`, `conv`.
    package let layer: String
    package let kind: String
    /// `prepare` (after parameters changed), `forward` or `backward`.
    package let section: String
    /// oneDNN's implementation, as in `jit:avx512_core`; `tandem` for our own kernels.
    package let implementation: String
    /// Multiply-adds of a convolution's or dense layer's pass; 0 for everything else.
    package let multiplyAdds: Int
    package let bytesRead: Int
    package let bytesWritten: Int
  }
}

extension Plan {
  /// A buffer of the arena at its place: what tests check the placement with.
  package struct Placement: Sendable {
    package let label: String
    package let bytes: Range<Int>
    /// First and last instruction that touch it; the loss counts as one between the passes.
    package let lifetime: ClosedRange<Int>
  }

  package var placements: [Placement] {
    buffers.compactMap { buffer in
      lifetimes[buffer.id.index].map { lifetime in
        let start = offsets[buffer.id.index]
        return Placement(
          label: buffer.label, bytes: start..<(start + buffer.byteCount), lifetime: lifetime)
      }
    }
  }
}

import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

/// Collects what a plan is made of while the operators emit their instructions.
struct PlanBuilder {
  let graph: NetworkGraph
  /// The device's part of the whole network; nil where the plan has all of it.
  let device: DevicePart?
  /// Images per call of forward, of those nodes that compute all.
  private let allImages: Int
  let mode: Plan.Mode
  let precision: Precision
  /// The nodes whose weight gradients are left to others, by their factors.
  let factoredNodes: [Int]
  /// Whether gradients can be added to those that are there.
  let addsGradients: Bool
  /// See `PlanUse.usesOwnKernels`.
  let usesOwnKernels: Bool

  /// The node whose instructions are being emitted.
  var node = 0
  private(set) var buffers: [Buffer] = []
  /// Copies of parameters into the formats that primitives want: run after parameters changed.
  private(set) var prepare: [Instruction] = []
  private(set) var forward: [Instruction] = []
  private(set) var backward: [Instruction] = []
  /// Kinds of oneDNN's operations among them.
  private(set) var operationKinds: Set<OperationKind> = []
  /// Buffers that several readers hold as one gradient; nobody may overwrite them.
  private var shared: Set<Buffer.ID> = []
  /// Gradients of the present node that are not in their places yet.
  private var additions: [(addend: Operand, place: Operand, entry: ParameterLayout.Entry)] = []
  /// Activations that backward computes again, by node.
  private var again: [Int: (original: Operand, emit: Emission, result: Operand?)] = [:]
  /// Normalizations whose output their reader computes along, by node.
  var normsLeftToReader: [Int: FusedNorm] = [:]
  private var parameterOperands: [String: [Operand]] = [:]

  enum Section {
    case prepare, forward, backward
  }

  init(
    graph: NetworkGraph, device: DevicePart?, images: Int, mode: Plan.Mode, precision: Precision,
    use: PlanUse
  ) {
    self.device = device
    self.graph = graph
    allImages = images
    self.mode = mode
    self.precision = precision
    factoredNodes = use.factored.map(\.entry.nodeIndex)
    addsGradients = use.addsGradients
    usesOwnKernels = use.usesOwnKernels
  }

  var isTraining: Bool { mode == .training }

  /// What oneDNN calls the forward pass of this mode.
  var forwardPass: OperationRequest.Pass { isTraining ? .training : .inference }

  /// Whether the present node is a crossing.
  private var isCrossing: Bool { graph.nodes[node].layer is CrossingLayer }

  /// Images per call of forward, as far as the present node computes them.
  var images: Int { images(ofNode: node) }

  func images(ofNode node: Int) -> Int {
    device.map { $0.graph.hasOwnImages[node] ? $0.ownImages.count : allImages } ?? allImages
  }

  /// The number of images that the caller passes.
  var inputImages: Int {
    device.map { $0.graph.readsOwnImages ? $0.ownImages.count : allImages } ?? allImages
  }

  /// The present node's first image among those of the data part.
  var firstImage: Int {
    device.map { $0.graph.hasOwnImages[node] ? $0.ownImages.lowerBound : 0 } ?? 0
  }

  /// The features of a node's output among all that the whole network has there, in plain order.
  func features(ofNode node: Int) -> [Range<Int>] {
    let shape = graph.nodes[node].outputShape
    let perChannel = shape.elementCount / shape[0]
    let channels = device?.graph.channels[node].ranges ?? [0..<shape[0]]
    return channels.map { $0.lowerBound * perChannel..<$0.upperBound * perChannel }
  }

  /// The type of what convolutions and dense layers read: weights, activations and their gradients.
  var elementType: ElementType { precision == .bfloat16 ? .bfloat16 : .float32 }

  // MARK: Buffers

  mutating func buffer(
    _ label: String, byteCount: Int, home: Buffer.Home = .arena,
    elementType: ElementType = .float32
  ) -> Buffer.ID {
    let id = Buffer.ID(index: buffers.count)
    buffers.append(
      Buffer(id: id, label: label, byteCount: byteCount, home: home, elementType: elementType))
    return id
  }

  /// A new tensor in the arena.
  mutating func operand(_ label: String, _ descriptor: MemoryDescriptor) -> Operand {
    Operand(
      buffer: buffer(
        label, byteCount: descriptor.byteCount, elementType: descriptor.elementType),
      descriptor: descriptor)
  }

  /// The mini-batch, plain `[N, C, H, W]`.
  mutating func imagesOperand() throws -> Operand {
    let descriptor = try MemoryDescriptor.plain(graph.inputShape.batched(inputImages))
    return Operand(
      buffer: buffer("images", byteCount: descriptor.byteCount, home: .images),
      descriptor: descriptor)
  }

  /// A parameter in the wanted format: in place where the arena's plain order is that format,
  /// otherwise a copy, made whenever the parameters have changed.
  /// - Parameter plain: the arena's shape as the operation sees it (with a groups axis, say).
  mutating func parameter(
    _ entry: ParameterLayout.Entry, plain shape: Shape, as wanted: MemoryDescriptor
  ) throws -> Operand {
    let known = parameterOperands[entry.name] ?? []
    if let operand = known.first(where: { $0.descriptor == wanted }) { return operand }

    let plain = try MemoryDescriptor.plain(shape)
    let place: Operand
    if let existing = known.first(where: { $0.descriptor == plain }) {
      place = existing
    } else {
      let home = Buffer.Home.parameters(offset: entry.offset)
      place = Operand(
        buffer: buffer(entry.name, byteCount: plain.byteCount, home: home), descriptor: plain)
      parameterOperands[entry.name, default: []].append(place)
    }
    if plain == wanted { return place }
    let copy = try preparedCopy(of: place, as: wanted, name: entry.name)
    parameterOperands[entry.name, default: []].append(copy)
    return copy
  }

  /// A copy in another format of something that follows from parameters only.
  mutating func preparedCopy(
    of place: Operand, as wanted: MemoryDescriptor, name: String
  ) throws -> Operand {
    let copy = Operand(
      buffer: buffer(
        "\(name) in another format", byteCount: wanted.byteCount, home: .parameterCopy,
        elementType: wanted.elementType),
      descriptor: wanted)
    try reorder(place, to: copy, label: "\(name) reorder", in: .prepare)
    return copy
  }

  /// A buffer that a kernel of ours fills from a parameter whenever the parameters have changed.
  mutating func derivedParameter(
    _ label: String, from place: Operand, as descriptor: MemoryDescriptor,
    kernel:
      @escaping @Sendable (
        _ parameter: UnsafePointer<Float>, _ derived: UnsafeMutablePointer<Float>
      ) -> Void
  ) -> Operand {
    let copy = Operand(
      buffer: buffer(label, byteCount: descriptor.byteCount, home: .parameterCopy),
      descriptor: descriptor)
    emit(label: label, in: .prepare, reads: [place.buffer], writes: [copy.buffer]) { context in
      kernel(context.floats(place), context.floats(copy))
    }
    return copy
  }

  /// Where to put the gradient of a parameter, in plain order: its place in the gradients' arena,
  /// or where gradients are added, a place from which `emitAdditions` takes it. Of a frozen
  /// parameter that operations compute along, a place from which nobody takes it.
  mutating func gradient(_ entry: ParameterLayout.Entry, plain shape: Shape) throws -> Operand {
    let place = try gradientPlace(entry, plain: shape)
    guard addsGradients, entry.parameter.role != .frozen else { return place }
    let addend = operand("\(entry.name) gradient of these images", place.descriptor)
    additions.append((addend, place, entry))
    return addend
  }

  /// Brings the gradient of a parameter from another format to its place, or adds it to what is
  /// there.
  mutating func putGradient(
    _ gradient: Operand, of entry: ParameterLayout.Entry, plain shape: Shape
  ) throws {
    if entry.parameter.role == .frozen { return }
    let place = try gradientPlace(entry, plain: shape)
    if addsGradients {
      let count = entry.elementCount
      emit(
        label: "\(entry.name) gradient clear", in: .backward, reads: [place.buffer],
        writes: [place.buffer]
      ) { context in
        if !context.addsGradients { context.floats(place).update(repeating: 0, count: count) }
      }
    }
    try reorder(
      gradient, to: place, adding: addsGradients, label: "\(entry.name) gradient reorder",
      in: .backward)
  }

  /// The place of a parameter's gradient in the gradients' arena, in plain order; of a frozen
  /// parameter's, which has none there, in the replica's.
  mutating func gradientPlace(
    _ entry: ParameterLayout.Entry, plain shape: Shape
  ) throws -> Operand {
    let plain = try MemoryDescriptor.plain(shape)
    if entry.parameter.role == .frozen {
      return operand("\(entry.name) gradient that is not kept", plain)
    }
    let home = Buffer.Home.gradients(offset: entry.offset)
    return Operand(
      buffer: buffer("\(entry.name) gradient", byteCount: plain.byteCount, home: home),
      descriptor: plain)
  }

  /// Emits what brings the gradients of a node, which are complete, to their places.
  mutating func emitAdditions() {
    for (addend, place, entry) in additions {
      let count = entry.elementCount
      emit(
        label: "\(entry.name) gradient addition", in: .backward,
        reads: [addend.buffer, place.buffer], writes: [place.buffer]
      ) { context in
        if context.addsGradients {
          tandem_add(context.floats(place), context.floats(addend), count)
        } else {
          context.floats(place).update(from: context.floats(addend), count: count)
        }
      }
    }
    additions = []
  }

  // MARK: Sharing

  mutating func markShared(_ operand: Operand) {
    shared.insert(operand.buffer)
  }

  /// Whether an operator that received this gradient may overwrite it with its own.
  func mayOverwrite(_ operand: Operand) -> Bool {
    !shared.contains(operand.buffer)
  }

  // MARK: Activations in backward

  typealias Emission = (inout PlanBuilder) throws -> Operand

  /// Has an activation computed again in backward, by the instructions that `emission` emits,
  /// before the first use of it there.
  mutating func computeAgain(
    _ output: Operand, ofNode index: Int, by emission: @escaping Emission
  ) {
    again[index] = (output, emission, nil)
  }

  /// An activation to read in backward: as forward left it, or computed again.
  /// - Parameter source: what put it out; nothing else is computed again, such as a reordered copy.
  mutating func inBackward(
    _ activation: Operand, of source: NetworkGraph.Source
  ) throws -> Operand {
    guard case .node(let index) = source, let known = again[index],
      known.original.buffer == activation.buffer
    else { return activation }
    if let result = known.result { return result }
    let reader = node
    node = index
    defer { node = reader }
    let result = try known.emit(&self)
    again[index]?.result = result
    return result
  }

  // MARK: Instructions

  /// Emits a primitive with its arguments; a scratchpad is added where the operation wants one.
  mutating func emit(
    _ operation: Operation, label: String, in section: Section,
    reads: [(onednn_argument_kind, Operand)], writes: [(onednn_argument_kind, Operand)]
  ) throws {
    var writes = writes
    if let scratchpad = try operation.optionalDescriptor(onednn_role_scratchpad) {
      writes.append((onednn_argument_scratchpad, operand("\(label) scratchpad", scratchpad)))
    }
    operationKinds.insert(try OperationKind(operation))
    let inputs = reads.map {
      Instruction.Argument(number: onednn_argument_number($0.0), operand: $0.1)
    }
    let outputs = writes.map {
      Instruction.Argument(number: onednn_argument_number($0.0), operand: $0.1)
    }
    append(
      Instruction(
        label: label, node: node, images: images, isOfCrossing: isCrossing,
        body: .primitive(try Primitive(operation, label), inputs + outputs),
        reads: inputs.map(\.operand.buffer), writes: outputs.map(\.operand.buffer)),
      to: section)
  }

  /// Emits one of our own kernels.
  mutating func emit(
    label: String, in section: Section, reads: [Buffer.ID], writes: [Buffer.ID],
    kernel: @escaping Kernel
  ) {
    append(
      Instruction(
        label: label, node: node, images: images, isOfCrossing: isCrossing,
        body: .kernel(kernel), reads: reads, writes: writes),
      to: section)
  }

  private mutating func append(_ instruction: Instruction, to section: Section) {
    switch section {
    case .prepare: prepare.append(instruction)
    case .forward: forward.append(instruction)
    case .backward: backward.append(instruction)
    }
  }

  // MARK: Formats

  /// Maps in an order that our own kernels know: as they are where that is plain or in blocks of
  /// channels. Channels last become blocks of 16 or 8 where they divide, as kernels compute blocks
  /// in vectors; all others plain order.
  /// - Parameter keepsBFloat16: whether the kernel takes bfloat16; else they are converted to
  ///   float32.
  mutating func blocked(
    _ source: Operand, shape: Shape, keepsBFloat16: Bool = false, label: String,
    in section: Section
  ) throws -> (operand: Operand, maps: tandem_maps) {
    let type = keepsBFloat16 ? source.descriptor.elementType : .float32
    let known = source.descriptor.channelBlock
    let blocks = source.descriptor.imageLanesShape == nil ? [16, 8] : []
    let block = known == 0 ? blocks.first { shape[0].isMultiple(of: $0) } ?? 1 : known
    let operand = try reordered(
      source, to: .blocked(shape.batched(images), block: block, type),
      label: label, in: section)
    return (
      operand,
      tandem_maps(
        images: images, channels: shape[0], rows: shape[1], columns: shape[2],
        block: operand.descriptor.channelBlock, bfloat16: type == .bfloat16)
    )
  }

  /// - Parameter adding: whether to add to what is in the destination instead of replacing it.
  mutating func reorder(
    _ source: Operand, to destination: Operand, adding: Bool = false, label: String,
    in section: Section
  ) throws {
    if let copy = WindowCopy(from: source.descriptor, to: destination.descriptor),
      !adding || source.descriptor.elementType == .float32
    {
      emit(
        label: label, in: section,
        reads: [source.buffer] + (adding ? [destination.buffer] : []),
        writes: [destination.buffer]
      ) { context in
        if adding {
          copy.add(context.floats(source), to: context.floats(destination))
        } else {
          copy.copy(context.elements(source), to: context.elements(destination))
        }
      }
      return
    }
    let operation = try Operation(
      label,
      OperationRequest(
        .reorder(adds: adding), .inference, source: source.descriptor,
        destination: destination.descriptor))
    try emit(
      operation, label: label, in: section,
      reads: [(onednn_argument_from, source)], writes: [(onednn_argument_to, destination)])
  }

  /// The tensor in the wanted format; the same operand where it already is.
  mutating func reordered(
    _ source: Operand, to wanted: MemoryDescriptor, label: String, in section: Section
  ) throws -> Operand {
    if source.descriptor == wanted { return source }
    if let shape = wanted.imageLanesShape ?? source.descriptor.imageLanesShape {
      return try reorderedLanes(source, to: wanted, shape: shape, label: label, in: section)
    }
    let destination = operand("\(label) in another format", wanted)
    try reorder(source, to: destination, label: "\(label) reorder", in: section)
    return destination
  }
}

import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

/// A plan's instructions with addresses filled in: what a replica executes without allocating
/// anything.
///
/// Ownership: belongs to one replica and thereby to one thread.
final class BoundProgram {
  let parameters: UnsafeMutablePointer<Float>
  private(set) var prepare: [BoundInstruction] = []
  private(set) var forward: [BoundInstruction] = []
  private(set) var backward: [BoundInstruction] = []
  /// The node of each instruction of forward and backward.
  let forwardNodes: [Int]
  let backwardNodes: [Int]
  var dropout: DropoutContext?
  var addsGradients = false
  var shareOfImage: Float?
  var factors: [FactorRows] = []
  var sumOverShards: StatisticsSum?
  var meet: Meeting?

  let stream: onednn_stream
  /// The address of every buffer, by index.
  let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>

  private let plan: Plan
  private let workspace: Workspace
  private let copies: ParameterCopies
  private let crossingMemory: CrossingMemory?
  /// oneDNN's handles on the images and gradients, which move from call to call.
  private var imageMemories: [onednn_memory] = []
  private var gradientMemories: [(memory: onednn_memory, offset: Int)] = []
  private var memories: [onednn_memory] = []
  /// Which primitives have run before, by their places here.
  var haveRun: [Bool] = []
  private var argumentLists: [UnsafeMutablePointer<onednn_argument>] = []
  private var currentImages: UnsafeMutablePointer<Float>?
  private var currentGradients: UnsafeMutablePointer<Float>?

  init(
    _ plan: Plan, parameters: UnsafeMutablePointer<Float>, workspace: Workspace,
    copies: ParameterCopies, crossingMemory: CrossingMemory?
  ) throws {
    self.crossingMemory = crossingMemory
    self.plan = plan
    self.parameters = parameters
    self.workspace = workspace
    forwardNodes = plan.forward.map(\.node)
    backwardNodes = plan.backward.map(\.node)
    self.copies = copies
    var stream: onednn_stream?
    try OneDNN.check(onednn_stream_create(&stream), "creating a stream")
    self.stream = stream!
    pointers = .allocate(capacity: max(1, plan.buffers.count))
    for buffer in plan.buffers {
      (pointers + buffer.id.index).initialize(to: address(of: buffer))
    }
    prepare = try plan.prepare.map(bind)
    forward = try plan.forward.map(bind)
    backward = try plan.backward.map(bind)
  }

  deinit {
    for memory in memories { onednn_memory_destroy(memory) }
    for list in argumentLists { list.deallocate() }
    onednn_stream_destroy(stream)
    pointers.deallocate()
  }

  private func address(of buffer: Buffer) -> UnsafeMutableRawPointer {
    let offset = plan.offsets[buffer.id.index]
    return switch buffer.home {
    case .arena: workspace.base + offset
    case .parameterCopy: copies.arena.base + offset
    case .parameters(let elements): UnsafeMutableRawPointer(parameters + elements)
    case .group(let bytes):
      crossingMemory.map { $0.arena.base + bytes } ?? workspace.base
    // Bound by each call; until then any valid address will do.
    case .gradients, .images: workspace.base
    }
  }

  private func bind(_ instruction: Instruction) throws -> BoundInstruction {
    switch instruction.body {
    case .kernel(let kernel):
      return .kernel(kernel)
    case .primitive(let primitive, let arguments):
      let list = UnsafeMutablePointer<onednn_argument>.allocate(capacity: arguments.count)
      argumentLists.append(list)
      for (index, argument) in arguments.enumerated() {
        let memory = try makeMemory(argument.operand, label: instruction.label)
        (list + index).initialize(to: onednn_argument(kind: argument.number, memory: memory))
      }
      haveRun.append(false)
      return .primitive(
        primitive, label: instruction.label, count: Int32(arguments.count), arguments: list,
        place: haveRun.count - 1)
    }
  }

  private func makeMemory(_ operand: Operand, label: String) throws -> onednn_memory {
    var memory: onednn_memory?
    try OneDNN.check(
      onednn_memory_create(
        &memory, operand.descriptor.handle, pointers[operand.buffer.index]),
      "binding memory of \(label)")
    let result = memory!
    memories.append(result)
    switch plan.buffers[operand.buffer.index].home {
    case .images: imageMemories.append(result)
    case .gradients(let offset): gradientMemories.append((result, offset))
    case .arena, .parameterCopy, .parameters, .group: break
    }
    return result
  }

  func pointer(_ operand: Operand) -> UnsafeMutablePointer<Float> {
    pointers[operand.buffer.index].assumingMemoryBound(to: Float.self)
  }

  // MARK: What moves from call to call

  func bindImages(_ images: UnsafeMutablePointer<Float>) throws {
    if images == currentImages { return }
    currentImages = images
    for buffer in plan.buffers where buffer.home == .images {
      pointers[buffer.id.index] = UnsafeMutableRawPointer(images)
    }
    for memory in imageMemories {
      try OneDNN.check(onednn_memory_set_pointer(memory, images), "binding the images")
    }
  }

  func bindGradients(_ gradients: UnsafeMutablePointer<Float>) throws {
    if gradients == currentGradients { return }
    currentGradients = gradients
    for buffer in plan.buffers {
      guard case .gradients(let offset) = buffer.home else { continue }
      pointers[buffer.id.index] = UnsafeMutableRawPointer(gradients + offset)
    }
    for (memory, offset) in gradientMemories {
      try OneDNN.check(
        onednn_memory_set_pointer(memory, gradients + offset), "binding the gradients")
    }
  }

  // MARK: Search for values that are not finite

  /// Whether an instruction has left something not finite in the tensors that it writes; what
  /// primitives keep for themselves (workspace, scratchpad) is not looked at.
  func hasNonFiniteOutput(_ instruction: Instruction) -> Bool {
    switch instruction.body {
    case .kernel:
      // Our kernels in the forward pass write one tensor first, then what they keep.
      return instruction.writes.first.map { !isFinite($0) } ?? false
    case .primitive(_, let arguments):
      let outputs = [
        onednn_argument_number(onednn_argument_destination),
        onednn_argument_number(onednn_argument_to),
      ]
      return arguments.contains {
        outputs.contains($0.number) && instruction.writes.contains($0.operand.buffer)
          && !isFinite($0.operand.buffer)
      }
    }
  }

  private func isFinite(_ id: Buffer.ID) -> Bool {
    let buffer = plan.buffers[id.index]
    let count = buffer.byteCount / buffer.elementType.byteCount
    return switch buffer.elementType {
    case .float32:
      Replica.isFinite(pointers[id.index].assumingMemoryBound(to: Float.self), count)
    case .bfloat16:
      tandem_all_finite_bfloat16(
        pointers[id.index].assumingMemoryBound(to: tandem_bfloat16.self), count)
    }
  }
}

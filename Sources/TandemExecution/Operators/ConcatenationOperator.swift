import TandemNetwork
import TandemTensor

extension Concatenation: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    ConcatenationOperator(site)
  }
}

/// Branches side by side: channels of maps, or features of vectors. Both ways copy rows of memory:
/// forward each branch to its window of the output, backward each window of the gradient to its
/// branch.
final class ConcatenationOperator: Operator {
  private static let channelAxis = 1
  private let site: OperatorSite
  private var inputs: [Operand] = []

  let backwardReadsOutput = false

  init(_ site: OperatorSite) {
    self.site = site
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) forward"
    let format = try outputFormat(inputs, builder)
    let output = builder.operand("\(site.name) output", format.descriptor)
    self.inputs = inputs
    let copies = zip(inputs, format.windows).compactMap { WindowCopy(from: $0.descriptor, to: $1) }
    if copies.count == inputs.count {
      builder.emit(
        label: label, in: .forward, reads: inputs.map(\.buffer), writes: [output.buffer]
      ) { context in
        for (input, copy) in zip(inputs, copies) {
          copy.copy(context.elements(input), to: context.elements(output))
        }
      }
    } else {
      for (index, (input, window)) in zip(inputs, format.windows).enumerated() {
        try builder.reorder(
          input, to: output.viewed(as: window), label: "\(label) of input \(index)", in: .forward)
      }
    }
    return output
  }

  /// The format that most of the branches' values are in, if it can be cut between the branches:
  /// fewest values change their order. Otherwise plain order.
  private func outputFormat(
    _ inputs: [Operand], _ builder: PlanBuilder
  ) throws -> (descriptor: MemoryDescriptor, windows: [MemoryDescriptor]) {
    let shape = site.node.outputShape.batched(builder.images)
    var candidates: [(descriptor: MemoryDescriptor, bytes: Int)] = []
    for input in inputs.map(\.descriptor) {
      guard let descriptor = try (input.parent?.whole ?? input).resized(shape) else { continue }
      if let index = candidates.firstIndex(where: { $0.descriptor == descriptor }) {
        candidates[index].bytes += input.byteCount
      } else {
        candidates.append((descriptor, input.byteCount))
      }
    }
    // A stable sort: the first of equals stays the first.
    for (descriptor, _) in candidates.sorted(by: { $0.bytes > $1.bytes }) {
      if let windows = windows(of: descriptor, builder) { return (descriptor, windows) }
    }
    let plain = try MemoryDescriptor.plain(shape, inputs[0].descriptor.elementType)
    guard let windows = windows(of: plain, builder) else {
      preconditionFailure("a plain tensor can be cut along its channels")
    }
    return (plain, windows)
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    var gradient = outputGradient
    var parts = windows(of: gradient.descriptor, builder)
    if parts == nil {
      gradient = try builder.reordered(
        gradient,
        to: .plain(
          site.node.outputShape.batched(builder.images), gradient.descriptor.elementType),
        label: "\(site.name) output gradient", in: .backward)
      parts = windows(of: gradient.descriptor, builder)
    }
    guard let parts else { preconditionFailure("a plain tensor can be cut along its channels") }
    var result: [Operand] = []
    for (index, part) in parts.enumerated() {
      let name = "\(site.name) input \(index) gradient"
      let inputGradient = builder.operand(name, inputs[index].descriptor)
      try builder.reorder(
        gradient.viewed(as: part), to: inputGradient, label: "\(name) copy", in: .backward)
      result.append(inputGradient)
    }
    return result
  }

  /// The branches' parts of a tensor that holds all of them; nil where a blocked format cannot be
  /// cut between them. Plain order can be cut anywhere.
  private func windows(of whole: MemoryDescriptor, _ builder: PlanBuilder) -> [MemoryDescriptor]? {
    var result: [MemoryDescriptor] = []
    var start = 0
    for shape in site.node.inputShapes.map({ $0.batched(builder.images) }) {
      var offsets = Array(repeating: 0, count: shape.rank)
      offsets[Self.channelAxis] = start
      guard let window = whole.window(shape, at: offsets) else { return nil }
      result.append(window)
      start += shape[Self.channelAxis]
    }
    return result
  }
}

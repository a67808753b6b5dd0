import COneDNN
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
  private static let axis = Int(OperationRequest.channelAxis)
  private let site: OperatorSite
  private var inputs: [Operand] = []

  let backwardReadsOutput = false

  init(_ site: OperatorSite) {
    self.site = site
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) forward"
    let anyOutput = try MemoryDescriptor.any(
      site.node.outputShape.batched(builder.images), inputs[0].descriptor.elementType)
    // Also tells which format the output had best have.
    let operation = try Operation(
      label,
      OperationRequest(
        .concatenation, builder.forwardPass, sources: inputs.map(\.descriptor),
        destination: anyOutput))
    let output = try builder.operand(
      "\(site.name) output", operation.descriptor(onednn_role_destination))
    self.inputs = inputs
    if let copies = copies(inputs, to: output.descriptor, builder) {
      builder.emit(
        label: label, in: .forward, reads: inputs.map(\.buffer), writes: [output.buffer]
      ) { context in
        for (input, copy) in zip(inputs, copies) {
          copy.copy(context.elements(input), to: context.elements(output))
        }
      }
    } else {
      try builder.emit(
        operation, label: label, in: .forward,
        reads: inputs.enumerated().map { (onednn_argument_multiple, $0.offset, $0.element) },
        writes: [(onednn_argument_destination, output)])
    }
    return output
  }

  /// nil where a branch is in another order than the output, or ends within a block of it.
  private func copies(
    _ inputs: [Operand], to output: MemoryDescriptor, _ builder: PlanBuilder
  ) -> [WindowCopy]? {
    guard let windows = windows(of: output, builder) else { return nil }
    let copies = zip(inputs, windows).compactMap { WindowCopy(from: $0.descriptor, to: $1) }
    return copies.count == inputs.count ? copies : nil
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
      offsets[Self.axis] = start
      guard let window = whole.window(shape, at: offsets) else { return nil }
      result.append(window)
      start += shape[Self.axis]
    }
    return result
  }
}

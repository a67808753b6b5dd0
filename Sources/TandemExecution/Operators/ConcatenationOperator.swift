import COneDNN
import TandemNetwork
import TandemTensor

extension Concatenation: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    ConcatenationOperator(site)
  }
}

/// Branches side by side: channels of maps, or features of vectors. Backward hands each branch its
/// part of the gradient.
final class ConcatenationOperator: Operator {
  private static let axis = 1
  private let site: OperatorSite
  private var inputs: [Operand] = []

  let backwardReadsOutput = false

  init(_ site: OperatorSite) {
    self.site = site
  }

  func forward(_ inputs: [Operand], _ plan: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) forward"
    let anyOutput = try MemoryDescriptor.any(
      site.node.outputShape.batched(plan.images), inputs[0].descriptor.elementType)
    let handles: [onednn_descriptor?] = inputs.map(\.descriptor.handle)
    let operation = try Operation(label) {
      onednn_concatenation(
        $0, Int32(inputs.count), handles, anyOutput.handle, Int32(Self.axis))
    }
    let output = plan.operand(
      "\(site.name) output", operation.descriptor(onednn_role_destination))
    try plan.emit(
      operation, label: label, in: .forward,
      reads: inputs.enumerated().map { (onednn_argument_multiple, $0.offset, $0.element) },
      writes: [(onednn_argument_destination, output)])
    self.inputs = inputs
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ plan: inout PlanBuilder) throws -> [Operand] {
    let shapes = site.node.inputShapes.map { $0.batched(plan.images) }
    var starts: [Int] = []
    var channels = 0
    for shape in shapes {
      starts.append(channels)
      channels += shape[Self.axis]
    }
    func windows(_ gradient: Operand) -> [MemoryDescriptor]? {
      var result: [MemoryDescriptor] = []
      for (shape, start) in zip(shapes, starts) {
        var offsets = Array(repeating: 0, count: shape.rank)
        offsets[Self.axis] = start
        guard let window = gradient.descriptor.window(shape, at: offsets) else { return nil }
        result.append(window)
      }
      return result
    }

    // Blocked formats can be cut only between blocks; plain order can be cut anywhere.
    var gradient = outputGradient
    var parts = windows(gradient)
    if parts == nil {
      gradient = try plan.reordered(
        gradient,
        to: .plain(
          site.node.outputShape.batched(plan.images), gradient.descriptor.elementType),
        label: "\(site.name) output gradient", in: .backward)
      parts = windows(gradient)
    }
    guard let parts else { preconditionFailure("a plain tensor can be cut along its channels") }
    var result: [Operand] = []
    for (index, part) in parts.enumerated() {
      let name = "\(site.name) input \(index) gradient"
      let inputGradient = plan.operand(name, inputs[index].descriptor)
      try plan.reorder(
        gradient.viewed(as: part), to: inputGradient, label: "\(name) copy", in: .backward)
      result.append(inputGradient)
    }
    return result
  }
}

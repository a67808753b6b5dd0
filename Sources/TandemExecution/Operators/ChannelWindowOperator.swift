import TandemNetwork
import TandemTensor

extension ChannelWindow: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    ChannelWindowOperator(self, site)
  }
}

/// Copies some channels; backward fills up the gradient of the others with zeros. In plain order,
/// as the channels need not begin and end with blocks.
final class ChannelWindowOperator: Operator {
  private let layer: ChannelWindow
  private let site: OperatorSite

  let backwardReadsOutput = false

  init(_ layer: ChannelWindow, _ site: OperatorSite) {
    self.layer = layer
    self.site = site
  }

  private func window(
    of whole: MemoryDescriptor, _ builder: PlanBuilder
  ) -> MemoryDescriptor {
    let shape = site.node.outputShape.batched(builder.images)
    var start = Array(repeating: 0, count: shape.rank)
    start[1] = layer.channels.lowerBound
    guard let window = whole.window(shape, at: start) else {
      preconditionFailure("plain order can be cut anywhere")
    }
    return window
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let type = inputs[0].descriptor.elementType
    let whole = try builder.reordered(
      inputs[0], to: .plain(site.node.inputShapes[0].batched(builder.images), type),
      label: "\(site.name) input", in: .forward)
    let output = builder.operand(
      "\(site.name) output", try .plain(site.node.outputShape.batched(builder.images), type))
    try builder.reorder(
      whole.viewed(as: window(of: whole.descriptor, builder)), to: output,
      label: "\(site.name) forward", in: .forward)
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    let inputGradient = builder.operand(
      "\(site.name) input gradient",
      try .plain(site.node.inputShapes[0].batched(builder.images)))
    let count = inputGradient.descriptor.storedElements
    builder.emit(
      label: "\(site.name) gradient clear", in: .backward, reads: [],
      writes: [inputGradient.buffer]
    ) { context in
      context.floats(inputGradient).update(repeating: 0, count: count)
    }
    try builder.reorder(
      outputGradient, to: inputGradient.viewed(as: window(of: inputGradient.descriptor, builder)),
      label: "\(site.name) backward input", in: .backward)
    return [inputGradient]
  }
}

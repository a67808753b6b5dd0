import CKernels
import TandemNetwork
import TandemTensor

extension ZeroPaddedShortcut: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    ZeroPaddedShortcutOperator(self, site)
  }
}

/// Every stride-th row and column, and zeros for the channels that the input lacks, in plain order
/// or in blocks of channels.
final class ZeroPaddedShortcutOperator: Operator {
  private let layer: ZeroPaddedShortcut
  private let site: OperatorSite
  private var input: (descriptor: MemoryDescriptor, maps: tandem_maps)?

  let backwardReadsOutput = false

  init(_ layer: ZeroPaddedShortcut, _ site: OperatorSite) {
    self.layer = layer
    self.site = site
  }

  private func outputMaps(block: Int, _ builder: PlanBuilder) -> tandem_maps {
    let output = site.node.outputShape
    return tandem_maps(
      images: builder.images, channels: output[0], rows: output[1], columns: output[2],
      block: block,
      bfloat16: false)
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let (source, maps) = try builder.blocked(
      inputs[0], shape: site.node.inputShapes[0], label: "\(site.name) input", in: .forward)
    let outputMaps = outputMaps(block: maps.block, builder)
    let output = builder.operand(
      "\(site.name) output",
      try .blocked(site.node.outputShape.batched(builder.images), block: maps.block))
    let stride = layer.stride
    builder.emit(
      label: "\(site.name) forward", in: .forward, reads: [source.buffer], writes: [output.buffer]
    ) { context in
      tandem_padded_shortcut_forward(
        context.floats(source), context.floats(output), maps, outputMaps, stride)
    }
    input = (source.descriptor, maps)
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let (descriptor, maps) = input else { preconditionFailure("forward comes first") }
    let gradient = try builder.reordered(
      outputGradient,
      to: .blocked(site.node.outputShape.batched(builder.images), block: maps.block),
      label: "\(site.name) output gradient", in: .backward)
    let inputGradient = builder.operand("\(site.name) input gradient", descriptor)
    let outputMaps = outputMaps(block: maps.block, builder)
    let stride = layer.stride
    builder.emit(
      label: "\(site.name) backward input", in: .backward, reads: [gradient.buffer],
      writes: [inputGradient.buffer]
    ) { context in
      tandem_padded_shortcut_backward(
        context.floats(gradient), context.floats(inputGradient), maps, outputMaps, stride)
    }
    return [inputGradient]
  }
}

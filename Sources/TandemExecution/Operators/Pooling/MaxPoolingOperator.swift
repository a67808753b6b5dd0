import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

extension MaxPool2D: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    MaxPoolingOperator(try geometry(for: site.node.inputShapes[0]), self, site)
  }

  func takesDerivative(of activation: Activation) -> Bool { true }
}

/// The largest value of each window, by a kernel of ours: oneDNN's skips what is not a number. Only
/// at inference, where oneDNN's convolutions may leave the channels of a pixel side by side, is it
/// still oneDNN's: another order would have to be brought back for the layer after.
///
/// Forward remembers which place of a window won. Backward also applies the derivative of an
/// activation before it, see `GraphCompiler.derivativeTaker`: what a ReLU took away is not counted
/// as a winner, and the others follow from the largest values.
final class MaxPoolingOperator: Operator {
  private let pooling: tandem_max_pooling
  private let window: onednn_window
  private let site: OperatorSite
  private var forwardPass: ForwardPass?

  /// What backward needs of forward.
  private struct ForwardPass {
    let source: MemoryDescriptor
    let maps: tandem_maps
    let output: Operand
    let winners: Buffer.ID
  }

  /// The activation before, unless the winners say it all.
  private var derivative: Activation? {
    site.precedingActivation == .relu ? nil : site.precedingActivation
  }

  var backwardReadsOutput: Bool { derivative != nil }

  init(_ geometry: PoolGeometry, _ layer: MaxPool2D, _ site: OperatorSite) {
    self.site = site
    window = onednn_window(
      kernel: layer.kernel, stride: layer.stride, padding: geometry.padding,
      extraBottom: geometry.extraBottom, extraRight: geometry.extraRight)
    pooling = tandem_max_pooling(
      window_rows: layer.kernel.height, window_columns: layer.kernel.width,
      stride_rows: layer.stride.height, stride_columns: layer.stride.width,
      top: geometry.padding.top, left: geometry.padding.left, output_rows: geometry.output.height,
      output_columns: geometry.output.width, follows_relu: site.precedingActivation == .relu)
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    if !builder.isTraining && inputs[0].descriptor.channelBlock == 0 {
      return try PoolingOperator(onednn_pooling_max, window: window, site)
        .forward(inputs, &builder)
    }
    let (source, maps) = try builder.blocked(
      inputs[0], shape: site.node.inputShapes[0], keepsBFloat16: true,
      label: "\(site.name) input", in: .forward)
    let output = builder.operand(
      "\(site.name) output",
      try .blocked(
        site.node.outputShape.batched(builder.images), block: maps.block,
        source.descriptor.elementType))
    let pooling = pooling
    let label = "\(site.name) forward"
    guard builder.isTraining else {
      builder.emit(label: label, in: .forward, reads: [source.buffer], writes: [output.buffer]) {
        context in
        tandem_max_pooling_forward(
          context.elements(source), context.elements(output), nil, maps, pooling)
      }
      return output
    }
    let winners = builder.buffer(
      "\(site.name) winners", byteCount: tandem_max_pooling_winners(maps, pooling))
    builder.emit(
      label: label, in: .forward, reads: [source.buffer], writes: [output.buffer, winners]
    ) { context in
      tandem_max_pooling_forward(
        context.elements(source), context.elements(output), context.bytes(winners), maps, pooling)
    }
    forwardPass = ForwardPass(
      source: source.descriptor, maps: maps, output: output, winners: winners)
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let forwardPass else { preconditionFailure("forward comes first") }
    let gradient = try ofLargest(outputGradient, forwardPass.output, &builder)
    let inputGradient = builder.operand("\(site.name) input gradient", forwardPass.source)
    let (pooling, maps, winners) = (pooling, forwardPass.maps, forwardPass.winners)
    builder.emit(
      label: "\(site.name) backward input", in: .backward, reads: [gradient.buffer, winners],
      writes: [inputGradient.buffer]
    ) { context in
      tandem_max_pooling_backward(
        context.elements(gradient), context.bytes(winners), context.elements(inputGradient), maps,
        pooling)
    }
    return [inputGradient]
  }

  /// The gradient in the output's order, with the derivative of an activation whose share the
  /// winners do not tell.
  private func ofLargest(
    _ outputGradient: Operand, _ output: Operand, _ builder: inout PlanBuilder
  ) throws -> Operand {
    let gradient = try builder.reordered(
      outputGradient, to: output.descriptor, label: "\(site.name) output gradient", in: .backward)
    guard let derivative else { return gradient }
    return try ActivationDerivative(
      derivative, data: output.descriptor, label: site.name, builder
    ).emit(gradient, output: output, label: "\(site.name) backward activation", &builder)
  }
}

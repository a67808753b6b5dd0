import CKernels
import TandemNetwork
import TandemTensor

extension LocalResponseNorm: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    LocalResponseNormOperator(self, site)
  }

  func takesDerivative(of activation: Activation) -> Bool { activation == .relu }
}

/// y_c = x_c / (k + α′ · Σ x_j²)^β over neighbouring channels of the same group, by a kernel of
/// ours: that of oneDNN knows no groups. Backward computes the sums anew instead of keeping them,
/// and applies the derivative of a ReLU before, as it has the ReLU's output at hand.
final class LocalResponseNormOperator: Operator {
  private let norm: tandem_response_norm
  private let site: OperatorSite
  private var source: (operand: Operand, maps: tandem_maps)?

  let backwardReadsOutput = false

  init(_ layer: LocalResponseNorm, _ site: OperatorSite) {
    self.site = site
    norm = tandem_response_norm(
      half_window: layer.size / 2, groups: layer.groups, alpha: Float(layer.alphaOfSum),
      beta: layer.beta, k: layer.k, follows_relu: site.precedingActivation == .relu)
  }

  private func scratch(_ maps: tandem_maps, _ builder: inout PlanBuilder) -> Buffer.ID {
    builder.buffer(
      "\(site.name) scratchpad",
      byteCount: tandem_response_norm_scratch(maps, norm) * MemoryLayout<Float>.size)
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let (source, maps) = try builder.blocked(
      inputs[0], shape: site.node.inputShapes[0], keepsBFloat16: true,
      label: "\(site.name) input", in: .forward)
    let output = builder.operand("\(site.name) output", source.descriptor)
    let scratch = scratch(maps, &builder)
    let norm = norm
    builder.emit(
      label: "\(site.name) forward", in: .forward, reads: [source.buffer],
      writes: [output.buffer, scratch]
    ) { context in
      tandem_response_norm_forward(
        context.elements(source), context.elements(output), maps, norm, context.floats(scratch))
    }
    self.source = (source, maps)
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let (source, maps) = source else { preconditionFailure("forward comes first") }
    let gradient = try builder.reordered(
      outputGradient, to: source.descriptor, label: "\(site.name) output gradient", in: .backward)
    let inputGradient =
      builder.mayOverwrite(gradient)
      ? gradient : builder.operand("\(site.name) input gradient", source.descriptor)
    let scratch = scratch(maps, &builder)
    let norm = norm
    builder.emit(
      label: "\(site.name) backward input", in: .backward,
      reads: [source.buffer, gradient.buffer], writes: [inputGradient.buffer, scratch]
    ) { context in
      tandem_response_norm_backward(
        context.elements(source), context.elements(gradient), context.elements(inputGradient),
        maps, norm, context.floats(scratch))
    }
    return [inputGradient]
  }
}

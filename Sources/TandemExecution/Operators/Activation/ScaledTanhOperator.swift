import CKernels
import TandemNetwork
import TandemTensor

extension ScaledTanh: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    ScaledTanhOperator(site)
  }
}

/// y = A·tanh(S·x), in place where nobody else needs x. Backward reads y: dx = dy·S·(A − y² / A).
/// In any format of float32: the zeros that fill up blocks stay zeros.
final class ScaledTanhOperator: Operator {
  private let site: OperatorSite
  private var output: Operand?

  let backwardReadsOutput = true

  init(_ site: OperatorSite) {
    self.site = site
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let isFloat32 = inputs[0].descriptor.elementType == .float32
    let input =
      isFloat32
      ? inputs[0]
      : try builder.reordered(
        inputs[0], to: .plain(site.node.outputShape.batched(builder.images)),
        label: "\(site.name) input", in: .forward)
    let output =
      site.mayOverwriteInput || !isFloat32
      ? input : builder.operand("\(site.name) output", input.descriptor)
    let count = input.descriptor.storedElements
    builder.emit(
      label: "\(site.name) forward", in: .forward, reads: [input.buffer], writes: [output.buffer]
    ) { context in
      tandem_scaled_tanh_forward(
        context.floats(input), context.floats(output), ScaledTanh.amplitude, ScaledTanh.slope,
        count)
    }
    self.output = output
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let output else { preconditionFailure("forward comes first") }
    let gradient = try builder.reordered(
      outputGradient, to: output.descriptor, label: "\(site.name) output gradient", in: .backward)
    let inputGradient =
      builder.mayOverwrite(gradient)
      ? gradient : builder.operand("\(site.name) input gradient", output.descriptor)
    let count = output.descriptor.storedElements
    builder.emit(
      label: "\(site.name) backward input", in: .backward,
      reads: [output.buffer, gradient.buffer], writes: [inputGradient.buffer]
    ) { context in
      tandem_scaled_tanh_backward(
        context.floats(output), context.floats(gradient), context.floats(inputGradient),
        ScaledTanh.amplitude, ScaledTanh.slope, count)
    }
    return [inputGradient]
  }
}

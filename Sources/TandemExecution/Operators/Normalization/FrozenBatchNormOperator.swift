import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

extension FrozenBatchNorm2D: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    FrozenBatchNormOperator(base, site)
  }

  /// Where nobody asks for a gradient, the forward pass is that of inference.
  func computesAlong(_ activation: Activation) -> Bool { activation == .relu && !passesGradient }
}

/// y = (x − mean) / √(variance + ε) · weight + bias with the running statistics, in training as at
/// inference: in place where nobody else needs x.
///
/// These being constant, dx = dy · weight / √(variance + ε); backward reads neither x nor y.
final class FrozenBatchNormOperator: Operator {
  private let layer: BatchNorm2D
  private let site: OperatorSite

  let backwardReadsOutput = false

  init(_ layer: BatchNorm2D, _ site: OperatorSite) {
    self.layer = layer
    self.site = site
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) forward"
    let source = inputs[0]
    let operation = try Operation(
      label,
      OperationRequest(
        .batchNormalization(
          epsilon: layer.epsilon, givenStatistics: true, rectifies: site.fusedActivation != nil),
        .inference, data: source.descriptor))
    let output =
      site.mayOverwriteInput
      ? source : builder.operand("\(site.name) output", source.descriptor)
    try builder.emit(
      operation, label: label, in: .forward,
      reads: [
        (onednn_argument_source, source),
        (onednn_argument_scale, try site.plainParameter("weight", &builder)),
        (onednn_argument_shift, try site.plainParameter("bias", &builder)),
        (onednn_argument_mean, try site.plainParameter("running_mean", &builder)),
        (onednn_argument_variance, try site.plainParameter("running_var", &builder)),
      ],
      writes: [(onednn_argument_destination, output)])
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    let (gradient, maps) = try builder.blocked(
      outputGradient, shape: site.node.outputShape, label: "\(site.name) output gradient",
      in: .backward)
    let inputGradient =
      builder.mayOverwrite(gradient)
      ? gradient : builder.operand("\(site.name) input gradient", gradient.descriptor)
    let weight = try site.plainParameter("weight", &builder)
    let variance = try site.plainParameter("running_var", &builder)
    let channels = site.node.outputShape[0]
    let perChannel = try MemoryDescriptor.plain([channels])
    let scale = builder.operand("\(site.name) scale", perChannel)
    let epsilon = Double(layer.epsilon)
    builder.emit(
      label: "\(site.name) backward input", in: .backward,
      reads: [gradient.buffer, weight.buffer, variance.buffer],
      writes: [inputGradient.buffer, scale.buffer]
    ) { context in
      for channel in 0..<channels {
        let deviation = (Double(context.floats(variance)[channel]) + epsilon).squareRoot()
        context.floats(scale)[channel] = Float(
          Double(context.floats(weight)[channel]) / deviation)
      }
      tandem_batch_norm_scale(
        context.floats(gradient), context.floats(inputGradient), maps, context.floats(scale))
    }
    return [inputGradient]
  }
}

import COneDNN
import TandemNetwork
import TandemTensor

extension Softmax: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    SoftmaxOperator(site)
  }
}

/// y_i = exp(x_i) / Σ_j exp(x_j) over the features of each image, `[N, F]`.
/// Backward: dx_i = y_i · (dy_i − Σ_j dy_j·y_j).
final class SoftmaxOperator: Operator {
  private let site: OperatorSite
  private var forwardOperation: Operation?
  private var output: Operand?

  let backwardReadsOutput = true

  init(_ site: OperatorSite) {
    self.site = site
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) forward"
    let plain = try MemoryDescriptor.plain(site.node.outputShape.batched(builder.images))
    let input = try builder.reordered(
      inputs[0], to: plain, label: "\(site.name) input", in: .forward)
    let operation = try Operation(
      label, OperationRequest(.softmax, builder.forwardPass, data: plain))
    let output = builder.operand("\(site.name) output", plain)
    try builder.emit(
      operation, label: label, in: .forward, reads: [(onednn_argument_source, input)],
      writes: [(onednn_argument_destination, output)])
    forwardOperation = operation
    self.output = output
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let forwardOperation, let output else { preconditionFailure("forward comes first") }
    let label = "\(site.name) backward input"
    let gradient = try builder.reordered(
      outputGradient, to: output.descriptor, label: "\(site.name) output gradient",
      in: .backward)
    let inputGradient = builder.operand("\(site.name) input gradient", output.descriptor)
    let operation = try Operation(
      label,
      OperationRequest(
        .softmax, .backwardInput, data: output.descriptor, gradient: gradient.descriptor),
      forward: forwardOperation)
    try builder.emit(
      operation, label: label, in: .backward,
      reads: [
        (onednn_argument_destination, output), (onednn_argument_destination_gradient, gradient),
      ],
      writes: [(onednn_argument_source_gradient, inputGradient)])
    return [inputGradient]
  }
}

import COneDNN
import TandemNetwork

/// The backward pass of an activation: multiplies a gradient by f′, computed from the output.
struct ActivationDerivative {
  /// The forward pass, which oneDNN wants to see before it agrees to the backward pass.
  let forward: Operation
  private let activation: Activation

  /// - Parameter data: the format of the activation's output.
  init(
    _ activation: Activation, data: MemoryDescriptor, label: String, _ builder: PlanBuilder
  ) throws {
    self.activation = activation
    forward = try Operation(
      "\(label) forward",
      OperationRequest(.activation(activation), builder.forwardPass, data: data))
  }

  /// Emits the product, in place where the gradient belongs to nobody else.
  func emit(
    _ outputGradient: Operand, output: Operand, label: String, _ builder: inout PlanBuilder
  ) throws -> Operand {
    let gradient = try builder.reordered(
      outputGradient, to: output.descriptor, label: "\(label) gradient", in: .backward)
    let operation = try Operation(
      label,
      OperationRequest(
        .activation(activation), .backwardInput, data: output.descriptor,
        gradient: gradient.descriptor),
      forward: forward)
    let result =
      builder.mayOverwrite(gradient)
      ? gradient : builder.operand("\(label) gradient of input", gradient.descriptor)
    try builder.emit(
      operation, label: label, in: .backward,
      reads: [
        (onednn_argument_destination, output), (onednn_argument_destination_gradient, gradient),
      ],
      writes: [(onednn_argument_source_gradient, result)])
    return result
  }
}

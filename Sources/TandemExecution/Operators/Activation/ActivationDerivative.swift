import CKernels
import COneDNN
import TandemNetwork

/// The backward pass of an activation: multiplies a gradient by f′, computed from the output. In
/// float32 those of ReLU and tanh are kernels of our own, the others are oneDNN's.
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
    let result =
      builder.mayOverwrite(gradient)
      ? gradient : builder.operand("\(label) gradient of input", gradient.descriptor)
    if let kernel = ownKernel(output, builder) {
      let count = output.descriptor.storedElements
      builder.emit(
        label: label, in: .backward, reads: [output.buffer, gradient.buffer],
        writes: [result.buffer]
      ) { context in
        kernel(
          context.floats(output), context.floats(gradient), context.floats(result), count)
      }
      return result
    }
    let operation = try Operation(
      label,
      OperationRequest(
        .activation(activation), .backwardInput, data: output.descriptor,
        gradient: gradient.descriptor),
      forward: forward)
    try builder.emit(
      operation, label: label, in: .backward,
      reads: [
        (onednn_argument_destination, output), (onednn_argument_destination_gradient, gradient),
      ],
      writes: [(onednn_argument_source_gradient, result)])
    return result
  }

  private typealias OwnKernel =
    @Sendable (
      _ output: UnsafePointer<Float>, _ outputGradient: UnsafePointer<Float>,
      _ inputGradient: UnsafeMutablePointer<Float>, _ count: Int
    ) -> Void

  private func ownKernel(_ output: Operand, _ builder: PlanBuilder) -> OwnKernel? {
    guard builder.usesOwnKernels, output.descriptor.elementType == .float32 else { return nil }
    switch activation {
    case .relu: return { tandem_rectify_backward($2, $1, $0, $3) }
    case .tanh: return { tandem_scaled_tanh_backward($0, $1, $2, 1, 1, $3) }
    case .sigmoid: return nil
    }
  }
}

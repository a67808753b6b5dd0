import COneDNN
import TandemNetwork

/// The elementwise functions that oneDNN can compute along with a convolution or a dense layer.
enum Activation: Sendable {
  case relu, tanh, sigmoid
}

extension Activation? {
  var onednn: onednn_activation {
    switch self {
    case nil: onednn_activation_none
    case .relu: onednn_activation_relu
    case .tanh: onednn_activation_tanh
    case .sigmoid: onednn_activation_sigmoid
    }
  }
}

/// A layer that is one of these functions.
protocol ActivationLayer: ExecutableLayer {
  var activation: Activation { get }
}

extension ReLU: ActivationLayer {
  var activation: Activation { .relu }
}

extension Tanh: ActivationLayer {
  var activation: Activation { .tanh }
}

extension Sigmoid: ActivationLayer {
  var activation: Activation { .sigmoid }
}

extension ActivationLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    ActivationOperator(activation, site)
  }
}

/// y = f(x), in place where nobody else needs x, and free where the layer before has done it.
///
/// Backward reads y, never x: f′ is y > 0 for ReLU, 1 − y² for tanh, y·(1 − y) for the sigmoid.
final class ActivationOperator: Operator {
  private let activation: Activation
  private let site: OperatorSite
  private var forwardOperation: Operation?
  private var output: Operand?

  let backwardReadsOutput = true

  init(_ activation: Activation, _ site: OperatorSite) {
    self.activation = activation
    self.site = site
  }

  func forward(_ inputs: [Operand], _ plan: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) forward"
    let input = inputs[0]
    let operation = try Operation(label) {
      onednn_activation_forward(
        $0, plan.isTraining, Optional(activation).onednn, input.descriptor.handle)
    }
    forwardOperation = operation
    var output = input
    if !site.isFusedIntoInput {
      if !site.mayOverwriteInput {
        output = plan.operand("\(site.name) output", input.descriptor)
      }
      try plan.emit(
        operation, label: label, in: .forward, reads: [(onednn_argument_source, input)],
        writes: [(onednn_argument_destination, output)])
    }
    self.output = output
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ plan: inout PlanBuilder) throws -> [Operand] {
    guard let forwardOperation, let output else { preconditionFailure("forward comes first") }
    let label = "\(site.name) backward input"
    let gradient = try plan.reordered(
      outputGradient, to: output.descriptor, label: "\(site.name) output gradient",
      in: .backward)
    let operation = try Operation(label) {
      onednn_activation_backward(
        $0, Optional(activation).onednn, gradient.descriptor.handle, output.descriptor.handle,
        forwardOperation.handle)
    }
    let inputGradient =
      plan.mayOverwrite(gradient)
      ? gradient : plan.operand("\(site.name) input gradient", gradient.descriptor)
    try plan.emit(
      operation, label: label, in: .backward,
      reads: [
        (onednn_argument_destination, output), (onednn_argument_destination_gradient, gradient),
      ],
      writes: [(onednn_argument_source_gradient, inputGradient)])
    return [inputGradient]
  }
}

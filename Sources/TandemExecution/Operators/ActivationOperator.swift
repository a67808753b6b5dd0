import CKernels
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
/// Backward reads y, never x: f′ is y > 0 for ReLU, 1 − y² for tanh, y·(1 − y) for the sigmoid. Before
/// some layers it does nothing, see `GraphCompiler.derivativeTaker`. Where several layers read the output,
/// a ReLU applies f′ while it adds up their gradients.
final class ActivationOperator: Operator {
  private let activation: Activation
  private let site: OperatorSite
  private var derivative: ActivationDerivative?
  private var output: Operand?
  private var derivativeIsApplied = false

  var backwardReadsOutput: Bool { !leavesDerivative }

  /// A neighbour applies the derivative.
  private var leavesDerivative: Bool {
    site.leavesDerivativeToReader || site.leavesDerivativeToInput
  }

  init(_ activation: Activation, _ site: OperatorSite) {
    self.activation = activation
    self.site = site
  }

  func forward(_ inputs: [Operand], _ plan: inout PlanBuilder) throws -> Operand {
    let input = inputs[0]
    let derivative = try ActivationDerivative(
      activation, data: input.descriptor, label: site.name, plan)
    self.derivative = derivative
    var output = input
    if !site.isFusedIntoInput {
      if !site.mayOverwriteInput {
        output = plan.operand("\(site.name) output", input.descriptor)
      }
      try emitForward(derivative, input, output, &plan)
    }
    self.output = output
    return output
  }

  /// A ReLU is a kernel of our own, as oneDNN's makes zeros of what is not a number.
  private func emitForward(
    _ derivative: ActivationDerivative, _ input: Operand, _ output: Operand,
    _ plan: inout PlanBuilder
  ) throws {
    let label = "\(site.name) forward"
    guard activation == .relu else {
      try plan.emit(
        derivative.forward, label: label, in: .forward,
        reads: [(onednn_argument_source, input)],
        writes: [(onednn_argument_destination, output)])
      return
    }
    let count = input.descriptor.storedElements
    let isBFloat16 = input.descriptor.elementType == .bfloat16
    plan.emit(label: label, in: .forward, reads: [input.buffer], writes: [output.buffer]) {
      context in
      tandem_rectify(context.elements(output), context.elements(input), count, isBFloat16)
    }
  }

  func sumOutputGradients(_ terms: [Operand], _ plan: inout PlanBuilder) throws -> Operand {
    guard let output else { preconditionFailure("forward comes first") }
    derivativeIsApplied = activation == .relu && !leavesDerivative
    let own = NetworkGraph.Source.node(site.node.index)
    return try plan.sumOfGradients(
      terms, whereReLUIsPositive: derivativeIsApplied ? plan.inBackward(output, of: own) : nil,
      name: "\(site.name) output gradient")
  }

  func backwardInput(_ outputGradient: Operand, _ plan: inout PlanBuilder) throws -> [Operand] {
    guard let derivative, let output else { preconditionFailure("forward comes first") }
    if leavesDerivative || derivativeIsApplied { return [outputGradient] }
    let own = NetworkGraph.Source.node(site.node.index)
    return [
      try derivative.emit(
        outputGradient, output: plan.inBackward(output, of: own),
        label: "\(site.name) backward input", &plan)
    ]
  }
}

/// The backward pass of an activation: multiplies a gradient by f′, computed from the output.
struct ActivationDerivative {
  /// The forward pass, which oneDNN wants to see before it agrees to the backward pass.
  let forward: Operation
  private let activation: Activation

  /// - Parameter data: the format of the activation's output.
  init(
    _ activation: Activation, data: MemoryDescriptor, label: String, _ plan: PlanBuilder
  ) throws {
    self.activation = activation
    forward = try Operation(
      "\(label) forward",
      OperationRequest(.activation(activation), plan.forwardPass, data: data))
  }

  /// Emits the product, in place where the gradient belongs to nobody else.
  func emit(
    _ outputGradient: Operand, output: Operand, label: String, _ plan: inout PlanBuilder
  ) throws -> Operand {
    let gradient = try plan.reordered(
      outputGradient, to: output.descriptor, label: "\(label) gradient", in: .backward)
    let operation = try Operation(
      label,
      OperationRequest(
        .activation(activation), .backwardInput, data: output.descriptor,
        gradient: gradient.descriptor),
      forward: forward)
    let result =
      plan.mayOverwrite(gradient)
      ? gradient : plan.operand("\(label) gradient of input", gradient.descriptor)
    try plan.emit(
      operation, label: label, in: .backward,
      reads: [
        (onednn_argument_destination, output), (onednn_argument_destination_gradient, gradient),
      ],
      writes: [(onednn_argument_source_gradient, result)])
    return result
  }
}

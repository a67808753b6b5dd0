import COneDNN
import TandemNetwork

extension ReLU: ActivationLayer {
  var activation: Activation { .relu }
}

extension Tanh: ActivationLayer {
  var activation: Activation { .tanh }
}

extension Sigmoid: ActivationLayer {
  var activation: Activation { .sigmoid }
}

/// y = f(x), in place where nobody else needs x, and free where the layer before has done it.
///
/// Backward reads y, never x: f′ is y > 0 for ReLU, 1 − y² for tanh, y·(1 − y) for the sigmoid.
/// Before some layers it does nothing, see `GraphCompiler.derivativeTaker`. Where several layers
/// read the output, a ReLU applies f′ while it adds up their gradients.
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

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let input = inputs[0]
    let derivative = try ActivationDerivative(
      activation, data: input.descriptor, label: site.name, builder)
    self.derivative = derivative
    var output = input
    if !site.isFusedIntoInput {
      if !site.mayOverwriteInput {
        output = builder.operand("\(site.name) output", input.descriptor)
      }
      try emitForward(derivative, input, output, &builder)
    }
    self.output = output
    return output
  }

  /// A ReLU is a kernel of our own, as oneDNN's makes zeros of what is not a number.
  private func emitForward(
    _ derivative: ActivationDerivative, _ input: Operand, _ output: Operand,
    _ builder: inout PlanBuilder
  ) throws {
    let label = "\(site.name) forward"
    guard activation == .relu else {
      try builder.emit(
        derivative.forward, label: label, in: .forward,
        reads: [(onednn_argument_source, input)],
        writes: [(onednn_argument_destination, output)])
      return
    }
    builder.emitRectification(of: input, to: output, label: label)
  }

  func sumOutputGradients(_ terms: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    guard let output else { preconditionFailure("forward comes first") }
    derivativeIsApplied = activation == .relu && !leavesDerivative
    let own = NetworkGraph.Source.node(site.node.index)
    return try builder.sumOfGradients(
      terms, whereReLUIsPositive: derivativeIsApplied ? builder.inBackward(output, of: own) : nil,
      name: "\(site.name) output gradient")
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let derivative, let output else { preconditionFailure("forward comes first") }
    if leavesDerivative || derivativeIsApplied { return [outputGradient] }
    let own = NetworkGraph.Source.node(site.node.index)
    return [
      try derivative.emit(
        outputGradient, output: builder.inBackward(output, of: own),
        label: "\(site.name) backward input", &builder)
    ]
  }
}

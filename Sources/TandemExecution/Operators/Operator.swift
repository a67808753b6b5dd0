import TandemNetwork

/// The translation of one layer into instructions. One file per layer holds its operator: what the
/// forward pass computes, and the two halves of its backward pass, written by hand.
///
/// An operator lives only while a plan is compiled; it remembers between its forward and its
/// backward which operands it used.
protocol Operator: AnyObject {
  /// Whether backward reads what forward put out, so that nobody may overwrite it in between.
  var backwardReadsOutput: Bool { get }

  /// Whether backward asks for the input as `PlanBuilder.inBackward` has it, so that it may be
  /// computed again instead of kept.
  var takesInputComputedAgain: Bool { get }

  /// Whether the gradient of the input is computed along with those of the parameters, so that
  /// `backwardParameters` is asked for even where all of these are frozen.
  var inputGradientComesWithParameters: Bool { get }

  /// Emits the forward pass and returns the output, `[N] + outputShape`.
  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand

  /// Emits the sum of the gradients of the output, one from each layer that reads it.
  func sumOutputGradients(_ terms: [Operand], _ builder: inout PlanBuilder) throws -> Operand

  /// Emits the gradients of the layer's parameters, from the gradient of its output. Those of
  /// frozen ones go nowhere, see `PlanBuilder.gradient`.
  func backwardParameters(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws

  /// Emits the gradients of the layer's inputs and returns them, one per input.
  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand]
}

extension Operator {
  var takesInputComputedAgain: Bool { false }
  var inputGradientComesWithParameters: Bool { false }

  func sumOutputGradients(_ terms: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    try builder.sumOfGradients(
      terms, name: "\(builder.graph.nodes[builder.node].name) output gradient")
  }

  func backwardParameters(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws {}
}

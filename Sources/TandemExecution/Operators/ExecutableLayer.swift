import TandemNetwork

/// A layer description that can be executed. To add a layer, conform its description to this in the
/// file of its operator.
protocol ExecutableLayer: Layer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator

  /// Whether its operator computes an activation along with its own output, where that is the only
  /// reader.
  func computesAlong(_ activation: Activation) -> Bool

  /// Whether its operator, of so many inputs, computes normalizations along of whose outputs it is
  /// the only reader, see `FusedNorm`.
  func computesNormalizationsAlong(inputCount: Int) -> Bool

  /// Whether its backward applies the derivative of an activation that it computes along.
  var appliesDerivativeOfActivation: Bool { get }

  /// Whether its backward applies the derivative of an activation before it, whose only reader it
  /// is.
  func takesDerivative(of activation: Activation) -> Bool
}

extension ExecutableLayer {
  func computesAlong(_ activation: Activation) -> Bool { false }
  func computesNormalizationsAlong(inputCount: Int) -> Bool { false }
  var appliesDerivativeOfActivation: Bool { false }
  func takesDerivative(of activation: Activation) -> Bool { false }
}

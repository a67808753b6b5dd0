import TandemNetwork

/// A layer description that can be executed. To add a layer, conform its description to this in the
/// file of its operator.
protocol ExecutableLayer: Layer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator
}

/// A layer that is one of these functions.
protocol ActivationLayer: ExecutableLayer {
  var activation: Activation { get }
}

extension ActivationLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    ActivationOperator(activation, site)
  }
}

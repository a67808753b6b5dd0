/// Hyper-parameters as a user gives them, before it is known whether the optimizer takes them.
public struct OptimizerOptions: Hashable, Sendable {
  /// The values that were given; switches are 1 or 0.
  public private(set) var values: [HyperParameter: Double] = [:]

  /// - Parameters: nil leaves the optimizer's default.
  public init(
    momentum: Double? = nil, nesterov: Bool? = nil, weightDecay: Double? = nil,
    epsilon: Double? = nil, beta1: Double? = nil, beta2: Double? = nil, alpha: Double? = nil,
    centered: Bool? = nil, rho: Double? = nil, learningRateDecay: Double? = nil,
    trustCoefficient: Double? = nil
  ) {
    values[.momentum] = momentum
    values[.nesterov] = nesterov.map { $0 ? 1 : 0 }
    values[.weightDecay] = weightDecay
    values[.epsilon] = epsilon
    values[.beta1] = beta1
    values[.beta2] = beta2
    values[.alpha] = alpha
    values[.centered] = centered.map { $0 ? 1 : 0 }
    values[.rho] = rho
    values[.learningRateDecay] = learningRateDecay
    values[.trustCoefficient] = trustCoefficient
  }

  /// The given hyper-parameters, switches as 1 or 0.
  public init(values: [HyperParameter: Double]) {
    self.values = values
  }

  subscript(_ key: HyperParameter, default value: Double) -> Double { values[key] ?? value }

  subscript(_ key: HyperParameter) -> Bool { values[key] == 1 }

  /// Checks that the optimizer takes all that was given and that every value is in its range.
  func check<Kind: Optimizer>(for kind: Kind.Type) throws {
    for key in HyperParameter.allCases {
      guard let value = values[key] else { continue }
      guard kind.hyperParameters.contains(key) else {
        throw OptimizerError.notTaken(key, optimizer: kind.name, taken: kind.hyperParameters)
      }
      if let objection = key.objection(to: value) {
        throw OptimizerError.outOfRange(key, value: value, objection: objection)
      }
    }
  }
}

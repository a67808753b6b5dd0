/// A number that some optimizer can be given; the raw value is its long option's name.
public enum HyperParameter: String, CaseIterable, Sendable {
  case momentum
  case nesterov
  case weightDecay = "weight-decay"
  case epsilon = "opt-eps"
  case beta1
  case beta2
  case alpha
  case centered
  case rho
  case learningRateDecay = "lr-decay"
  case trustCoefficient = "trust-coefficient"

  /// What is wrong with `value`, or nil. Epsilon keeps elements that never had a gradient from
  /// becoming 0 / 0, and without a trust coefficient nothing moves: they must be positive also once
  /// rounded to float32.
  func objection(to value: Double) -> String? {
    switch self {
    case .momentum, .alpha, .rho: (0...1).contains(value) ? nil : "must be from 0 to 1"
    case .beta1, .beta2: (0..<1).contains(value) ? nil : "must be at least 0 and less than 1"
    case .epsilon, .trustCoefficient:
      value.isFinite && Float(value) > 0 ? nil : "must be greater than 0"
    case .weightDecay, .learningRateDecay:
      value.isFinite && value >= 0 ? nil : "must be at least 0"
    case .nesterov, .centered: nil
    }
  }
}

/// Hyper-parameters as a user gives them, before it is known whether the optimizer takes them.
public struct OptimizerOptions: Hashable, Sendable {
  /// Only what was given; switches are 1 or 0.
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

/// Why an optimizer cannot be made.
public enum OptimizerError: Error, Hashable, CustomStringConvertible {
  case unknown(name: String, known: [String])
  case notTaken(HyperParameter, optimizer: String, taken: [HyperParameter])
  case outOfRange(HyperParameter, value: Double, objection: String)
  case nesterovWithoutMomentum

  public var description: String {
    switch self {
    case .unknown(let name, let known):
      "unknown optimizer \"\(name)\"; use --opt with one of \(known.joined(separator: ", "))"
    case .notTaken(let key, let optimizer, let taken):
      "the optimizer \(optimizer) has no \(key.rawValue); leave out --\(key.rawValue) "
        + "(it takes \(taken.map { "--" + $0.rawValue }.joined(separator: ", ")))"
    case .outOfRange(let key, let value, let objection):
      "--\(key.rawValue) \(value) is out of range: it \(objection)"
    case .nesterovWithoutMomentum:
      "Nesterov's form of SGD needs a momentum; add for example --momentum 0.9, "
        + "or leave out --nesterov"
    }
  }
}

/// A number that some optimizer can be given. The case has the name of the parameter of
/// `OptimizerOptions`, by which messages ask for it; the raw value is what they call it otherwise.
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

import Tandem
import TandemNetwork

enum GradcheckError: Error, CustomStringConvertible {
  case aboveTolerance(model: String, worst: Double, tolerance: Double)

  var description: String {
    switch self {
    case .aboveTolerance(let model, let worst, let tolerance):
      "backpropagation of \(model) differs from numerical differentiation by "
        + "\(scientific(worst, 1)), more than the tolerance \(scientific(tolerance, 1)); "
        + "the table names the parameters"
    }
  }
}

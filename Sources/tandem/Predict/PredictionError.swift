import Tandem
import TandemNetwork
import TandemProcess

/// Why outputs cannot be turned into what was asked for.
enum PredictionError: Error, CustomStringConvertible {
  case noProbabilities(network: String, loss: Loss.Kind)

  var description: String {
    switch self {
    case .noProbabilities(let network, let loss):
      "the outputs of \(network), which was trained with the loss \(loss.rawValue), are no logits; "
        + "leave out --softmax"
    }
  }
}

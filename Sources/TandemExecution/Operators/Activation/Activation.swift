import COneDNN

/// The elementwise functions that oneDNN can compute along with a convolution or a dense layer.
enum Activation: Sendable {
  case relu, tanh, sigmoid
}

extension Activation? {
  var onednn: onednn_activation {
    switch self {
    case nil: onednn_activation_none
    case .relu: onednn_activation_relu
    case .tanh: onednn_activation_tanh
    case .sigmoid: onednn_activation_sigmoid
    }
  }
}

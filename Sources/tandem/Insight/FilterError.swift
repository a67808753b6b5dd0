import Tandem

/// Why kernels cannot be shown.
enum FilterError: Error, CustomStringConvertible {
  case noWeights(String, path: String)
  case inputChannel(Int, layer: String, channels: Int)

  var description: String {
    switch self {
    case .noWeights(let name, let path):
      "\(path): there is no \(name) of the network's shape; use the network they were made with"
    case .inputChannel(let number, let layer, let channels):
      "\(layer) has no input channel \(number), but \(channels), 0 to \(channels - 1); give another "
        + "--input-channel"
    }
  }
}

import Tandem

/// Why a dropout rate cannot be set.
enum DropoutError: Error, CustomStringConvertible {
  case noLayers(network: String)

  var description: String {
    switch self {
    case .noLayers(let network):
      "the network \(network) has no dropout layers; leave out --dropout, or use a --model that has "
        + "some, such as mnist-cnn"
    }
  }
}

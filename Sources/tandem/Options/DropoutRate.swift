import Tandem

extension Network {
  /// The network with another rate in all its dropout layers; 0 removes them.
  /// - Throws: `DropoutError` if there are none that could get the rate.
  func replacingDropout(rate: Double) throws -> Network {
    if rate > 0, !(try graph().nodes.contains { $0.layer is Dropout }) {
      throw DropoutError.noLayers(network: name)
    }
    return withDropout(Float(rate))
  }
}

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

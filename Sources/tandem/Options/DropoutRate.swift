import Tandem

extension Network {
  /// The network with another rate in all its dropout layers; 0 removes them.
  /// - Throws: `DropoutError` if there are none that could get the rate.
  func replacingDropout(rate: Double) throws -> Network {
    if rate > 0, !hasDropout {
      throw DropoutError.noLayers(network: name)
    }
    return withDropout(Float(rate))
  }
}

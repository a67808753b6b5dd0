import Tandem

extension ModelFile {
  /// The network that the file says its weights belong to.
  /// - Throws: `ModelChoiceError.notDescribed` for a file that does not say it.
  func describedNetwork() throws -> Network {
    guard let network else { throw ModelChoiceError.notDescribed(path: path) }
    return network
  }
}

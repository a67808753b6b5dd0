import Tandem

extension ModelFile {
  /// The network that the file says its weights belong to.
  /// - Throws: `ModelChoiceError.notDescribed` for a file that does not say it.
  func describedNetwork() throws -> Network {
    guard let network else { throw ModelChoiceError.notDescribed(path: path) }
    return network
  }
}

/// Why it is not known which network to run.
enum ModelChoiceError: Error, CustomStringConvertible {
  case notDescribed(path: String)

  var description: String {
    switch self {
    case .notDescribed(let path):
      "\(path): the file does not say which network its weights belong to; name it with --model"
    }
  }
}

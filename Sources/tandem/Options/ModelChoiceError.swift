import Tandem

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

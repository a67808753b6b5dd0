import Foundation

/// Why a result could not be printed.
enum OutputError: Error, CustomStringConvertible {
  /// - Parameter isSaved: whether files hold what was computed all the same.
  case standardOutput(code: Int32, isSaved: Bool)

  var description: String {
    switch self {
    case .standardOutput(let code, let isSaved):
      "cannot write the result to standard output: \(String(cString: strerror(code))); "
        + (isSaved ? "what was computed is saved" : "make room or send it elsewhere")
    }
  }
}

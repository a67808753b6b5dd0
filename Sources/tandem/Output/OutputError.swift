import Foundation

/// Why a result could not be printed.
enum OutputError: Error, CustomStringConvertible {
  case standardOutput(code: Int32)

  var description: String {
    switch self {
    case .standardOutput(let code):
      "cannot write the result to standard output: \(String(cString: strerror(code))); "
        + "make room or send it elsewhere"
    }
  }
}

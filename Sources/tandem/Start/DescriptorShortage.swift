import Foundation
import TandemProcess

/// That this process cannot have as many files open as it needs.
struct DescriptorShortage: Error, CustomStringConvertible {
  let needed: Int
  let available: Int
  let errorNumber: Int32
  /// The process's; nil for none.
  let limit: Int?

  var description: String {
    let obstacle =
      if errorNumber == EMFILE, let limit {
        "'ulimit -n \(limit)' allows only \(available) more; raise that limit to "
          + "\(limit + needed - available) or more"
      } else {
        "the system allows only \(available) more "
          + "(\(String(cString: strerror(errorNumber)).lowercased())); end other programs"
      }
    return "\(needed) files have to be open at once, and \(obstacle)"
  }
}

import Foundation

/// `TANDEM_DATA_MIRROR`: servers of one's own in place of the public ones, addresses separated by
/// blanks, each with a folder for each data set: `ADDRESS/mnist/train-images-idx3-ubyte.gz`.
enum MirrorVariable {
  static let name = "TANDEM_DATA_MIRROR"

  /// What comes before the names of a data set's files; nil where the variable is not set.
  /// - Throws: `FetchError.Fact.badMirror`.
  static func mirrors(
    of dataSet: String,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(FetchError.Fact) -> [String]? {
    let addresses = (environment[name] ?? "").split(whereSeparator: \.isWhitespace)
    guard !addresses.isEmpty else { return nil }
    var mirrors: [String] = []
    for address in addresses {
      guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
        throw .badMirror(String(address))
      }
      mirrors.append(address + (address.hasSuffix("/") ? "" : "/") + dataSet + "/")
    }
    return mirrors
  }
}

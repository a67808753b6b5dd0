/// A picture that cannot be read.
public struct BrokenPicture: Hashable, Sendable, CustomStringConvertible {
  /// Where it is, from the data set's folder.
  public let name: String
  /// What is wrong, and what to do about it.
  public let problem: String

  public var description: String { "\(name): \(problem)" }

  /// Without what to do.
  var shortText: String { "\(name): \(problem.prefix { $0 != ";" })" }

  /// A line for each, as far as somebody will read them.
  public static func lines(_ pictures: [BrokenPicture]) -> [String] {
    let most = 100
    return pictures.prefix(most).map(\.description)
      + (pictures.count > most ? ["and \(pictures.count - most) more"] : [])
  }
}

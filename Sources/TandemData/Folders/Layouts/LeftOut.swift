/// What was found beside pictures, and left out: how much of each kind, and a few names.
public struct LeftOut: Hashable, Codable, Sendable {
  /// Why something is left out.
  public enum Reason: String, Codable, CaseIterable, Sendable {
    /// Its name begins with a dot: `._x.jpg`, `.ipynb_checkpoints`, `.DS_Store`.
    case hidden
    /// What systems and programs put into folders for themselves: `Thumbs.db`, `__MACOSX`.
    case ofSystems
    /// A file whose name and first bytes are no picture's.
    case noPicture
    /// A picture beside the folders of the classes.
    case withoutClass
    /// A link to a folder that it is in itself.
    case linkLoop

    /// Follows a count, as in "3 hidden".
    var text: String {
      switch self {
      case .hidden: "hidden"
      case .ofSystems: "of systems"
      case .noPicture: "no pictures"
      case .withoutClass: "without a class"
      case .linkLoop: "links that lead back"
      }
    }
  }

  /// Some names of a kind.
  struct Kind: Hashable, Codable, Sendable {
    var count = 0
    var examples: [String] = []
  }

  private static let mostExamples = 3

  private(set) var kinds: [Reason: Kind] = [:]

  /// How many files, folders and links there are; what is inside of folders is not looked at.
  public var count: Int { kinds.values.reduce(0) { $0 + $1.count } }

  /// How many of one kind.
  public func count(_ reason: Reason) -> Int { kinds[reason]?.count ?? 0 }

  mutating func add(_ reason: Reason, _ name: @autoclosure () -> String) {
    var kind = kinds[reason] ?? Kind()
    kind.count += 1
    if kind.examples.count < Self.mostExamples { kind.examples.append(name()) }
    kinds[reason] = kind
  }

  mutating func add(_ other: LeftOut) {
    for (reason, more) in other.kinds {
      var kind = kinds[reason] ?? Kind()
      kind.count += more.count
      kind.examples += more.examples.prefix(max(0, Self.mostExamples - kind.examples.count))
      kinds[reason] = kind
    }
  }

  /// `5 left out: 3 hidden (train/cats/._1.jpg, …), 2 no pictures (train/notes.txt, train/x.csv)`;
  /// empty where there is nothing.
  public var text: String {
    let parts = Reason.allCases.compactMap { reason -> String? in
      guard let kind = kinds[reason] else { return nil }
      let more = kind.count > kind.examples.count ? ", …" : ""
      return "\(kind.count) \(reason.text) (\(kind.examples.joined(separator: ", "))\(more))"
    }
    return parts.isEmpty ? "" : "\(count) left out: " + parts.joined(separator: ", ")
  }
}

/// The kinds of files that drawings go to.
package enum DrawingFormat: String, CaseIterable, Sendable {
  case png, svg

  /// By the ending of a file's name; nil for any other.
  package init?(path: String) {
    guard let found = Self.allCases.first(where: { path.lowercased().hasSuffix(".\($0)") }) else {
      return nil
    }
    self = found
  }
}

import Foundation
import TandemTensor

/// dygraphs (https://dygraphs.com, MIT licence) as Debian's package `libjs-dygraphs` installs it:
/// what makes curves answer to a pointer. It is read from the system and put into the page that is
/// made, with its licence.
package struct ChartLibrary: Hashable, Sendable {
  package let script: String
  package let style: String
  /// What the package says of its authors and their licence.
  package let licence: String

  private static let folder = "/usr/share/javascript/dygraphs/"
  private static let licencePath = "/usr/share/doc/libjs-dygraphs/copyright"
  /// The package to install.
  package static let packageName = "libjs-dygraphs"

  /// nil where it is not installed, or not as it is known.
  package static func installed() -> ChartLibrary? {
    guard let script = text(folder + "dygraph.min.js"),
      let style = text(folder + "dygraph.min.css"),
      let licence = text(licencePath), HTMLNode.isSafe(script), HTMLNode.isSafe(style)
    else { return nil }
    return ChartLibrary(
      script: withoutMap(script), style: withoutMap(style), licence: licence)
  }

  private static func text(_ path: String) -> String? {
    guard FileSystem.status(path)?.isRegularFile ?? false,
      let bytes = try? RegularFile.contents(path)
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Without the name of a file that a browser's tools would look for.
  private static func withoutMap(_ source: String) -> String {
    source.components(separatedBy: "\n").filter { !$0.contains("sourceMappingURL=") }
      .joined(separator: "\n")
  }
}

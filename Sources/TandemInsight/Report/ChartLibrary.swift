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

  private static let folder = "/javascript/dygraphs/"
  private static let licencePath = "/doc/libjs-dygraphs/copyright"
  /// The package to install.
  package static let packageName = "libjs-dygraphs"

  /// nil where it is not installed, or not as it is known.
  /// - Parameter environment: `XDG_DATA_DIRS` has the folders that are searched.
  package static func installed(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> ChartLibrary? {
    dataFolders(environment).lazy.compactMap(library).first
  }

  /// https://specifications.freedesktop.org/basedir-spec/latest/
  private static func dataFolders(_ environment: [String: String]) -> [String] {
    let given = environment["XDG_DATA_DIRS"] ?? ""
    let folders = given.isEmpty ? "/usr/local/share:/usr/share" : given
    return folders.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
  }

  private static func library(in share: String) -> ChartLibrary? {
    guard let script = text(share + folder + "dygraph.min.js"),
      let style = text(share + folder + "dygraph.min.css"),
      let licence = text(share + licencePath), HTMLNode.isSafe(script), HTMLNode.isSafe(style)
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

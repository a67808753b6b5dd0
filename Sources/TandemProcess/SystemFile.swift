import Foundation

/// The small text files by which Linux tells about itself.
package enum SystemFile {
  /// nil where there is no such file, or it cannot be read.
  package static func contents(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }
}

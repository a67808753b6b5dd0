import Foundation
import TandemTensor

/// The digests of a folder's files in a file beside them, as `sha256sum` writes and checks them.
enum DigestList {
  static let name = "SHA256SUMS"

  /// - Throws: `FileError`.
  static func write(_ digests: [(name: String, sha256: String)], inFolder folder: String) throws {
    let lines = digests.sorted { $0.name < $1.name }.map { "\($0.sha256)  \($0.name)\n" }
    try AtomicFile.write(Data(lines.joined().utf8), to: folder + "/" + name)
  }

  /// - Throws: `FileError`.
  static func read(_ folder: String) throws -> [(name: String, sha256: String)] {
    let text = String(decoding: try RegularFile.contents(folder + "/" + name), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).map { line in
      (String(line.dropFirst(66)), String(line.prefix(64)))
    }
  }
}

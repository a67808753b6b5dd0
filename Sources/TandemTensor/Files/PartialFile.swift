import Foundation

/// The temporary files that `AtomicFile` writes to: which file one was to become, and who wrote it.
///
/// `.tandem-FILE-HOST-PROCESS-START-RANDOM.partial`, all but the process in base 16 or 36: short
/// enough whatever the length of the file's name.
package struct PartialFile: Hashable, Sendable {
  private static let prefix = ".tandem-"
  private static let suffix = ".partial"

  /// The digest of the name of the file that it was to become.
  let fileDigest: UInt32
  let writer: ProcessMark

  /// A path that no other writer uses, in the folder of the file at `path`.
  static func newPath(forFile path: String) -> String {
    let writer = ProcessMark.own
    let parts = [
      hexadecimal(digest(ofName: FileSystem.name(of: path))), hexadecimal(writer.hostDigest),
      "\(writer.process)", String(writer.startTicks, radix: 36),
      String(UInt64.random(in: 0 ... .max), radix: 36),
    ]
    return FileSystem.folderPrefix(of: path) + prefix + parts.joined(separator: "-") + suffix
  }

  /// nil if that is no name of a temporary file, or one of an earlier version, which did not say
  /// whose it was.
  package init?(name: String) {
    guard Self.isOne(name) else { return nil }
    let parts = name.dropFirst(Self.prefix.count).dropLast(Self.suffix.count).split(
      separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 5, let file = UInt32(parts[0], radix: 16),
      let host = UInt32(parts[1], radix: 16), let process = Int32(parts[2]),
      let ticks = UInt64(parts[3], radix: 36)
    else { return nil }
    fileDigest = file
    writer = ProcessMark(host: "", hostDigest: host, process: process, startTicks: ticks)
  }

  /// Whether a file's name says that it is a temporary file of this version or an earlier one.
  package static func isOne(_ name: String) -> Bool {
    name.hasPrefix(prefix) && name.hasSuffix(suffix)
  }

  package func isOf(fileNamed name: String) -> Bool { fileDigest == Self.digest(ofName: name) }

  /// A writer on another host cannot be asked; no file takes it so long to write something more.
  private static let longestPauseSeconds = 86_400

  /// Whether nobody writes to it any more.
  /// - Parameter path: where it is.
  package func isAbandoned(at path: String) -> Bool {
    if let hasEnded = writer.hasEnded { return hasEnded }
    guard let status = FileSystem.status(path, followsLinks: false) else { return false }
    return time(nil) - status.st_mtim.tv_sec > Self.longestPauseSeconds
  }

  /// Removes what killed programs have left of a file that they wrote.
  static func removeAbandoned(ofFile path: String) {
    let prefix = FileSystem.folderPrefix(of: path)
    let own = FileSystem.name(of: path)
    // In a folder of very many files looking through all would take longer than writing one.
    var left = 10_000
    FileSystem.forEachName(inFolder: prefix.isEmpty ? "." : prefix) { name in
      if let file = PartialFile(name: name), file.isOf(fileNamed: own),
        file.isAbandoned(at: prefix + name)
      {
        _ = FileSystem.unlink(prefix + name)
      }
      left -= 1
      return left > 0
    }
  }

  private static func digest(ofName name: String) -> UInt32 {
    var digest = ContentDigest()
    digest.add(name)
    return UInt32(truncatingIfNeeded: digest.value)
  }

  private static func hexadecimal(_ value: UInt32) -> String { String(value, radix: 16) }
}

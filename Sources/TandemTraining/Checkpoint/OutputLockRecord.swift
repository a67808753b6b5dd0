import Foundation
import TandemTensor

/// What the file of a lock says: one line of JSON.
struct OutputLockRecord: Hashable, Codable, CustomStringConvertible {
  let owner: ProcessMark
  /// The time by the owner's clock, as people read it.
  let since: String

  var description: String { "process \(owner.process) on the host \(owner.host) since \(since)" }

  init(owner: ProcessMark, since: String) {
    self.owner = owner
    self.since = since
  }

  /// nil if the file does not say it, or not yet.
  init?(from descriptor: Int32) {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0,
      let record = try? JSONDecoder().decode(Self.self, from: Data(bytes[..<count]))
    else { return nil }
    self = record
  }

  /// Without a word if that does not work, on a full disk for example: the lock counts.
  func write(to descriptor: Int32) {
    guard let line = try? JSONEncoder().encode(self) + Data("\n".utf8) else { return }
    ftruncate(descriptor, 0)
    _ = line.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  /// `2026-11-28 15:20:15 +0000`
  static var now: String {
    var seconds = time(nil)
    var parts = tm()
    localtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S %z", &parts)
    return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

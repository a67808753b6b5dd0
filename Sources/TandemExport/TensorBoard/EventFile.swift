import Foundation
import SwiftProtobuf
import TandemTensor

/// A file of TensorBoard's events, to which records are appended: of each its length in eight
/// bytes, the lowest first, the masked checksum of these, the record, and the masked checksum of
/// it.
///
/// Ownership: used by one thread at a time.
package final class EventFile {
  /// Records that wait for others to be written with.
  private static let mostWaitingBytes = 1 << 16

  let path: String
  private let descriptor: Int32
  private var waiting: [UInt8] = []

  /// Makes a file in a folder, which is made if there is none, and writes the first record.
  /// - Throws: `FileError`.
  init(folder: String, time: Double) throws {
    try Self.makeFolder(folder)
    var name = [CChar](repeating: 0, count: 256)
    let isNamed = gethostname(&name, name.count - 1) == 0
    let letters = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let host = isNamed ? String(decoding: letters, as: UTF8.self) : "unknown"
    // TensorBoard reads the files of a folder in the order of their names.
    let seconds = String(format: "%010d", Int(time))
    path = "\(folder)/events.out.tfevents.\(seconds).\(host).\(getpid()).\(Self.next())"
    descriptor = FileSystem.open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0o666)
    guard descriptor >= 0 else { throw FileError.cannotWrite(path: path, code: errno) }
    var event = BoardEvent()
    event.wallTime = time
    event.fileVersion = "brain.Event:2"
    try append(event)
    try flush()
  }

  deinit {
    close(descriptor)
  }

  /// What tells files of one second apart.
  private static func next() -> String { String(format: "%06d", Int(clock() % 1_000_000)) }

  static func makeFolder(_ path: String) throws {
    if FileSystem.isFolder(path) { return }
    let parent = FileSystem.parent(of: path)
    if parent != path { try makeFolder(parent) }
    guard FileSystem.makeFolder(path) == 0 || errno == EEXIST else {
      throw FileError.cannotWrite(path: path, code: errno)
    }
    // Somebody else may have made it, or something else that has the name.
    if !FileSystem.isFolder(path) { throw FileError.cannotWrite(path: path, code: ENOTDIR) }
  }

  /// - Throws: `FileError`.
  func append(_ event: BoardEvent) throws {
    let record: [UInt8] = try event.serializedBytes()
    waiting += Self.framed(record)
    if waiting.count > Self.mostWaitingBytes { try flush() }
  }

  /// A record as it stands in the file.
  package static func framed(_ record: [UInt8]) -> [UInt8] {
    let length = bytes(UInt64(record.count))
    return length + bytes(CRC32C.masked(of: length)) + record + bytes(CRC32C.masked(of: record))
  }

  private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// - Throws: `FileError`.
  func flush() throws {
    var rest = waiting[...]
    waiting = []
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw FileError.cannotWrite(path: path, code: errno) }
      rest = rest.dropFirst(written)
    }
  }
}

import CFetch
import Foundation
import TandemTensor

/// One file on its way from one of several servers: it grows beside its place under the name
/// `NAME.part`, which a later try goes on with, and gets its own name once its digest is right.
package struct Download {
  let file: RemoteFile
  /// The folder it is put in, which nobody else does meanwhile.
  let folder: String
  /// What comes before its name, of each server.
  let mirrors: [String]
  let stallSeconds: Int
  /// Told when a transfer begins.
  let note: (String) -> Void

  private static let connectSeconds = 20

  package init(
    file: RemoteFile, folder: String, mirrors: [String], stallSeconds: Int = 30,
    note: @escaping (String) -> Void = { _ in }
  ) {
    self.file = file
    self.folder = folder
    self.mirrors = mirrors
    self.stallSeconds = stallSeconds
    self.note = note
  }

  private var path: String { folder + "/" + file.name }
  private var partPath: String { path + ".part" }

  /// How often a server is asked to go on after a transfer was interrupted.
  private static let triesOfMirror = 3

  /// - Returns: nil if the file is there now, or what each server had against it.
  /// - Throws: `FileError`.
  package func run() throws -> [String]? {
    var problems: [String] = []
    for mirror in mirrors {
      if let problem = try fetch(from: mirror) {
        problems.append("\(mirror)\(file.name): \(problem)")
      } else {
        return nil
      }
    }
    return problems
  }

  private var partBytes: Int { FileSystem.status(partPath).map { Int($0.st_size) } ?? 0 }

  private func fetch(from mirror: String) throws -> String? {
    var problem = ""
    var tries = Self.triesOfMirror
    while tries > 0 {
      tries -= 1
      var offset = partBytes
      if offset > file.byteCount {
        try FileSystem.remove(partPath)
        offset = 0
      }
      if offset < file.byteCount {
        note(
          (offset > 0 ? "going on with " : "fetching ") + "\(mirror)\(file.name) "
            + "(\((file.byteCount - offset + 500_000) / 1_000_000) MB)")
        let result = try transfer(mirror + file.name, from: offset)
        problem = Self.message(result)
        switch result.status {
        case tandem_fetch_done: break
        case tandem_fetch_interrupted:
          // A server that has given a good part may be asked as often.
          if partBytes - offset > file.byteCount / 100 { tries = Self.triesOfMirror }
          continue
        case tandem_fetch_no_resuming where offset > 0,
          tandem_fetch_refused where offset > 0 && result.http_status == 416:
          try FileSystem.remove(partPath)
          continue
        case tandem_fetch_too_long:
          try FileSystem.remove(partPath)
          return "the file there is longer than \(file.byteCount) bytes"
        default: return problem
        }
      }
      guard try SHA256Digest.text(ofFile: partPath) == file.sha256 else {
        try FileSystem.remove(partPath)
        problem = "the file there is another one: its SHA-256 digest is wrong"
        // What was there from before may have been the fault.
        if offset > 0 { continue }
        return problem
      }
      guard FileSystem.rename(partPath, to: path) == 0 else {
        throw FileError.cannotWrite(path: path, code: errno)
      }
      return nil
    }
    return problem
  }

  private static func message(_ result: tandem_fetch_result) -> String {
    withUnsafeBytes(of: result.message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Adds to the partial file.
  private func transfer(_ address: String, from offset: Int) throws -> tandem_fetch_result {
    let descriptor = FileSystem.open(partPath, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.cannotWrite(path: partPath, code: errno) }
    defer { close(descriptor) }
    guard lseek(descriptor, off_t(offset), SEEK_SET) == off_t(offset) else {
      throw FileError.cannotWrite(path: partPath, code: errno)
    }
    var sink = Sink(descriptor: descriptor)
    let result = address.withCString { address in
      var request = tandem_fetch_request(
        url: address, offset: Int64(offset), byte_count: Int64(file.byteCount),
        connect_seconds: Self.connectSeconds, stall_seconds: stallSeconds)
      return withUnsafeMutablePointer(to: &sink) { sink in
        tandem_fetch(
          &request,
          { sink, bytes, count in
            guard let sink, let bytes else { return 0 }
            return sink.assumingMemoryBound(to: Sink.self).pointee.write(bytes, count)
          }, sink)
      }
    }
    guard sink.code == 0 else { throw FileError.cannotWrite(path: partPath, code: sink.code) }
    return result
  }

  /// Writes what comes to a file.
  private struct Sink {
    let descriptor: Int32
    /// Why writing failed; 0 if it did not.
    var code: Int32 = 0

    mutating func write(_ bytes: UnsafeRawPointer, _ count: Int) -> Int32 {
      var position = 0
      while position < count {
        let written = Foundation.write(descriptor, bytes + position, count - position)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else {
          code = errno
          return 1
        }
        position += written
      }
      return 0
    }
  }
}

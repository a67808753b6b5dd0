import Foundation
import TandemTensor

/// Unpacks a `.tar.gz` archive whose digest was right: into a folder with a name of its own, which
/// gets its right name when all is there. The archive is removed then.
struct ArchiveUnpacking {
  let archive: String
  /// The folder of the archive that is wanted; what is outside of it is left out.
  let inner: String
  /// Where it is put, by nobody else meanwhile.
  let place: String
  /// No more than this is unpacked.
  let mostBytes: Int

  private var tar: String { place + "/.unpacking.tar" }
  private var workFolder: String { place + "/.unpacking" }

  /// - Throws: `FetchError.Fact.refusedArchive`, `FileError`, `DataError`, `PictureFolderError` for
  ///   an archive that is damaged.
  func run() throws {
    // What a killed process has left.
    try clear()
    defer { try? clear() }
    try decompress()
    var reader = TarReader(try RegularFile(path: tar))
    let source = try RegularFile(path: tar)
    var digests: [(name: String, sha256: String)] = []
    while let member = try reader.next() {
      guard let name = try safeName(member.name) else { continue }
      let path = workFolder + "/" + name
      try CacheFolder.make(FileSystem.parent(of: path))
      digests.append((name, try copy(member, of: source, to: path)))
    }
    guard !digests.isEmpty else {
      throw FetchError.Fact.refusedArchive(
        path: archive, problem: "it has no files in \(inner.debugDescription)")
    }
    try DigestList.write(digests, inFolder: workFolder)
    let target = place + "/" + inner
    if FileSystem.exists(target) { try FileSystem.remove(target) }
    guard FileSystem.rename(workFolder, to: target) == 0 else {
      throw FileError.cannotWrite(path: target, code: errno)
    }
    try FileSystem.remove(archive)
  }

  private func clear() throws {
    for path in [tar, workFolder] where FileSystem.status(path, followsLinks: false) != nil {
      try FileSystem.remove(path)
    }
  }

  /// The path below the inner folder; nil for what is outside of that.
  /// - Throws: `FetchError.Fact.refusedArchive` for a path that leads out of the folder.
  private func safeName(_ bytes: [UInt8]) throws(FetchError.Fact) -> String? {
    let name = String(decoding: bytes, as: UTF8.self)
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).filter { $0 != "." }
    guard !parts.isEmpty, !parts.contains(where: { $0.isEmpty || $0 == ".." }),
      !bytes.contains(0), String(name.utf8.prefix(4096)) == name
    else {
      throw .refusedArchive(
        path: archive, problem: "\(name.quotedTensorName) in it leads out of its folder")
    }
    guard parts.count > 1, parts[0] == inner else { return nil }
    return parts.dropFirst().joined(separator: "/")
  }

  private func decompress() throws {
    let stream = try namingFile(archive) { try GzipStream(MappedFile(path: archive)) }
    let file = try OutputFile(tar)
    var left = mostBytes
    var block = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try namingFile(archive) {
        try block.withUnsafeMutableBytes { try stream.read(into: $0) }
      }
      guard count > 0 else { return }
      left -= count
      guard left >= 0 else {
        throw FetchError.Fact.refusedArchive(
          path: archive, problem: "it is of more than \(mostBytes) bytes")
      }
      try block.withUnsafeBytes { try file.write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }

  /// - Returns: the digest.
  private func copy(
    _ member: TarReader.Member, of source: RegularFile, to path: String
  ) throws -> String {
    let file = try OutputFile(path)
    var digest = SHA256Digest()
    var position = 0
    while position < member.byteCount {
      let bytes = try source.bytes(
        at: member.offset + position, count: min(1 << 20, member.byteCount - position))
      guard !bytes.isEmpty else { throw FileError.cannotRead(path: tar, code: EIO) }
      try bytes.withUnsafeBytes {
        digest.add($0)
        try file.write($0)
      }
      position += bytes.count
    }
    return digest.text
  }

  /// A file that is being written.
  private final class OutputFile {
    private let descriptor: Int32
    private let path: String

    init(_ path: String) throws(FileError) {
      self.path = path
      descriptor = FileSystem.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw .cannotWrite(path: path, code: errno) }
    }

    deinit {
      close(descriptor)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
      var position = 0
      while position < bytes.count, let base = bytes.baseAddress {
        let written = Foundation.write(descriptor, base + position, bytes.count - position)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { throw .cannotWrite(path: path, code: errno) }
        position += written
      }
    }
  }
}

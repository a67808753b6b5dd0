import Foundation
import TandemTensor

/// Goes through the members of a tar archive without unpacking any: ustar, GNU's long names and
/// POSIX' extended headers. Nothing that a member's name says is done.
struct TarReader {
  struct Member: Equatable {
    let name: [UInt8]
    /// Where its contents begin in the archive.
    let offset: Int
    let byteCount: Int
  }

  static let blockBytes = 512
  /// Longer names and extended headers are nobody's.
  private static let mostHeaderBytes = 1 << 20

  private let file: RegularFile
  private var position = 0

  init(_ file: RegularFile) {
    self.file = file
  }

  /// The next regular file; nil at the archive's end. Folders, links and devices are passed over.
  /// - Throws: `PictureFolderError.damagedShard`, `FileError`.
  mutating func next() throws -> Member? {
    var longName: [UInt8]?
    var longSize: Int?
    while position < file.byteCount {
      let header = try file.bytes(at: position, count: Self.blockBytes)
      guard header.count == Self.blockBytes else { throw fault("the archive is cut off") }
      if header.allSatisfy({ $0 == 0 }) { return nil }
      try check(header)
      let type = header[156]
      // Links, devices and folders have no contents, whatever their size says.
      let isBare = (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(type)
      let isFile = [UInt8(ascii: "0"), 0, UInt8(ascii: "7")].contains(type)
      let own = isBare ? 0 : try number(header[124..<136])
      let size = isFile ? longSize ?? own : own
      let start = position + Self.blockBytes
      guard size <= file.byteCount - start else {
        throw fault("a member of \(size) bytes goes beyond the end")
      }
      switch type {
      case UInt8(ascii: "L"):
        longName = try Array(extended(at: start, size).prefix { $0 != 0 })
      case UInt8(ascii: "x"):
        let values = try Self.values(extended(at: start, size))
        longName = values["path"] ?? longName
        longSize = try values["size"].map { text in
          guard let size = Int(String(decoding: text, as: UTF8.self)), size >= 0 else {
            throw fault("a size is no number")
          }
          return size
        }
      case _ where isFile:
        position = start + Self.padded(size)
        return Member(name: longName ?? Self.name(header), offset: start, byteCount: size)
      case UInt8(ascii: "g"), UInt8(ascii: "K"): break
      default:
        (longName, longSize) = (nil, nil)
      }
      position = start + Self.padded(size)
    }
    // Some programs leave out the two empty blocks at the end, but none cuts a block.
    guard position == file.byteCount else { throw fault("the archive is cut off") }
    return nil
  }

  private func fault(_ problem: String) -> PictureFolderError {
    PictureFolderError(path: file.path, fact: .damagedShard(offset: position, problem: problem))
  }

  private static func padded(_ size: Int) -> Int {
    (size + blockBytes - 1) / blockBytes * blockBytes
  }

  /// The sum of all bytes, those of the sum itself counted as blanks.
  private func check(_ header: [UInt8]) throws {
    let field = 148..<156
    let sum = header.indices.reduce(0) {
      $0 + Int(field.contains($1) ? UInt8(ascii: " ") : header[$1])
    }
    if let stored = try? number(header[field]), stored == sum { return }
    let isCompressed = position == 0 && header.starts(with: [0x1F, 0x8B])
    throw fault(
      isCompressed
        ? "this is a compressed archive, which cannot be read in place" : "no header of a member")
  }

  /// Octal digits, or for large numbers their bytes after a first bit.
  private func number(_ field: ArraySlice<UInt8>) throws -> Int {
    if let first = field.first, first & 0x80 != 0 {
      guard first == 0x80 else { throw fault("a size is below 0") }
      return try field.dropFirst().reduce(0) { value, byte in
        guard value < 1 << 48 else { throw fault("a size is too large") }
        return value << 8 | Int(byte)
      }
    }
    let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix {
      $0 != 0 && $0 != UInt8(ascii: " ")
    }
    return try digits.reduce(0) { value, digit in
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else {
        throw fault("a size is no number")
      }
      return value << 3 | Int(digit - UInt8(ascii: "0"))
    }
  }

  private func extended(at offset: Int, _ size: Int) throws -> [UInt8] {
    guard size <= Self.mostHeaderBytes else { throw fault("a header of \(size) bytes") }
    return try file.bytes(at: offset, count: size)
  }

  /// ustar keeps the beginning of long names apart.
  private static func name(_ header: [UInt8]) -> [UInt8] {
    let name = Array(header[0..<100].prefix { $0 != 0 })
    guard header[257..<262].elementsEqual("ustar".utf8), header[262] == 0 else { return name }
    let prefix = header[345..<500].prefix { $0 != 0 }
    return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
  }

  /// `LENGTH KEY=VALUE\n`, one behind the other.
  private static func values(_ bytes: [UInt8]) -> [String: [UInt8]] {
    var values: [String: [UInt8]] = [:]
    var rest = bytes[...]
    while let blank = rest.firstIndex(of: UInt8(ascii: " ")),
      let length = Int(String(decoding: rest[..<blank], as: UTF8.self)),
      length > blank - rest.startIndex + 1, length <= rest.count
    {
      let record = rest[(blank + 1)..<(rest.startIndex + length)]
      if let sign = record.firstIndex(of: UInt8(ascii: "=")) {
        let key = String(decoding: record[..<sign], as: UTF8.self)
        values[key] = Array(record[(sign + 1)...].dropLast())
      }
      rest = rest[(rest.startIndex + length)...]
    }
    return values
  }
}

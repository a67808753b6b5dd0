import Foundation
import TandemTensor

/// An array of bytes in the IDX format of the MNIST database, plain or compressed with gzip: a
/// magic number (two zeros, the element type, the rank), the extents as big-endian 32-bit integers,
/// then the elements row by row. http://yann.lecun.com/exdb/mnist/
///
/// Opening a file reads its header; the elements are unpacked when they are asked for.
struct IDXFile {
  private static let byteType: UInt32 = 0x08

  let path: String
  let extents: [Int]
  /// How many elements the header claims, as far as the file can hold so many.
  let elementCount: Int
  private let file: MappedFile

  /// - Parameter rank: the number of extents that the file must have.
  /// - Throws: `FileError` or `DataError`.
  init(path: String, rank: Int) throws {
    let file = try MappedFile(path: path)
    self.path = path
    self.file = file
    (extents, elementCount) = try namingFile(path) {
      let stream = try Self.stream(of: file)
      let extents = try Self.extents(stream, rank: rank)
      return (extents, try Self.elementCount(extents, in: stream))
    }
  }

  /// - Throws: `DataError` if the file is damaged.
  func elements() throws -> [UInt8] {
    try namingFile(path) {
      let stream = try Self.stream(of: file)
      _ = try Self.extents(stream, rank: extents.count)
      let elements = try [UInt8](count: elementCount) { memory in
        let found = try stream.read(into: memory)
        guard found == elementCount else {
          throw DataError.Fact.truncatedData(claimedBytes: elementCount, foundBytes: found)
        }
      }
      // Also makes a compressed stream come to its checksum.
      var extra: UInt8 = 0
      guard try withUnsafeMutableBytes(of: &extra, { try stream.read(into: $0) }) == 0 else {
        throw DataError.Fact.trailingBytes(expectedBytes: elementCount)
      }
      return elements
    }
  }

  /// Judged by contents: browsers decompress a .gz file and leave its name as it was.
  private static func stream(of file: MappedFile) throws -> any ByteStream {
    let isCompressed = file.withBytes { $0.starts(with: GzipStream.magic) }
    return isCompressed ? try GzipStream(file) : PlainStream(file)
  }

  private static func headerBytes(rank: Int) -> Int { 4 + 4 * rank }

  private static func extents(_ stream: any ByteStream, rank: Int) throws -> [Int] {
    var header = [UInt8](repeating: 0, count: headerBytes(rank: rank))
    let found = try header.withUnsafeMutableBytes { try stream.read(into: $0) }
    let words = stride(from: 0, to: found / 4 * 4, by: 4).map { start in
      header[start..<start + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    }
    let expectedMagic = byteType << 8 | UInt32(rank)
    if let magic = words.first, magic != expectedMagic {
      throw DataError.Fact.wrongMagic(found: magic, expected: expectedMagic)
    }
    guard found == header.count else {
      throw DataError.Fact.truncatedHeader(neededBytes: header.count, foundBytes: found)
    }
    return words.dropFirst().map(Int.init)
  }

  private static func elementCount(_ extents: [Int], in stream: any ByteStream) throws -> Int {
    // Three factors below 2³² can exceed an Int.
    let claimed = extents.reduce(1) { product, extent in
      let (result, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? Int.max : result
    }
    let possible = stream.byteCountBound - headerBytes(rank: extents.count)
    guard claimed <= possible else {
      throw stream is PlainStream
        ? DataError.Fact.truncatedData(claimedBytes: claimed, foundBytes: possible)
        : DataError.Fact.impossibleSize(claimedBytes: claimed, possibleBytes: possible)
    }
    return claimed
  }
}

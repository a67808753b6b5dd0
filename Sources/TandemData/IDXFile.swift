import Foundation
import TandemTensor

/// An array of bytes in the IDX format of the MNIST database, plain or compressed with gzip: a magic
/// number (two zeros, the element type, the rank), the extents as big-endian 32-bit integers, then
/// the elements row by row. http://yann.lecun.com/exdb/mnist/
struct IDXFile {
  private static let byteType: UInt32 = 0x08

  let extents: [Int]
  let elements: [UInt8]

  /// - Parameter rank: the number of extents that the file must have.
  /// - Throws: `FileError` or `DataError`.
  init(contentsOf path: String, rank: Int) throws {
    let file = try MappedFile(path: path)
    (extents, elements) = try namingFile(path) {
      try file.withBytes { bytes in
        // Judged by contents: browsers decompress a .gz file and leave its name as it was.
        let isCompressed = bytes.starts(with: GzipStream.magic)
        let stream: any ByteStream = isCompressed ? try GzipStream(bytes) : PlainStream(bytes)
        return try Self.parse(stream, rank: rank)
      }
    }
  }

  private static func parse(
    _ stream: any ByteStream, rank: Int
  ) throws -> (extents: [Int], elements: [UInt8]) {
    var header = [UInt8](repeating: 0, count: 4 + 4 * rank)
    let headerBytes = try header.withUnsafeMutableBytes { try stream.read(into: $0) }
    let words = stride(from: 0, to: headerBytes / 4 * 4, by: 4).map { start in
      header[start..<start + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    }
    let expectedMagic = byteType << 8 | UInt32(rank)
    if let magic = words.first, magic != expectedMagic {
      throw DataError.Fact.wrongMagic(found: magic, expected: expectedMagic)
    }
    guard headerBytes == header.count else {
      throw DataError.Fact.truncatedHeader(neededBytes: header.count, foundBytes: headerBytes)
    }
    let extents = words.dropFirst().map(Int.init)
    // Three factors below 2³² can exceed an Int.
    let claimed = extents.reduce(1) { product, extent in
      let (result, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? Int.max : result
    }
    let possible = min(
      stream.byteCountBound - headerBytes, Int(clamping: ProcessInfo.processInfo.physicalMemory))
    guard claimed <= possible else {
      if stream is PlainStream {
        throw DataError.Fact.truncatedData(claimedBytes: claimed, foundBytes: possible)
      }
      throw DataError.Fact.impossibleSize(claimedBytes: claimed, possibleBytes: possible)
    }
    let elements = try [UInt8](count: claimed) { memory in
      let found = try stream.read(into: memory)
      guard found == claimed else {
        throw DataError.Fact.truncatedData(claimedBytes: claimed, foundBytes: found)
      }
    }
    // Also makes a compressed stream come to its checksum.
    var extra: UInt8 = 0
    guard try withUnsafeMutableBytes(of: &extra, { try stream.read(into: $0) }) == 0 else {
      throw DataError.Fact.trailingBytes(expectedBytes: claimed)
    }
    return (extents, elements)
  }
}

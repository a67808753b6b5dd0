import Foundation
import TandemExport
import Testing

/// The bytes of event files against published numbers.
@Suite struct EventFileTests {
  /// The check value of the polynomial, and RFC 3720's examples in appendix B.4.
  @Test func checksums() {
    #expect(CRC32C.value(of: Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.masked(of: Array("123456789".utf8)) == 0xC78A_B0E5)
    #expect(CRC32C.value(of: [UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.value(of: [UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.value(of: (0..<32).map { UInt8($0) }) == 0x46DD_794E)
    #expect(CRC32C.value(of: []) == 0)
  }

  @Test func framing() throws {
    let framed = EventFile.framed(Array("123456789".utf8))
    #expect(Array(framed[..<8]) == [9, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(framed[12..<21]) == Array("123456789".utf8))
    #expect(Array(framed[21...]) == [0xE5, 0xB0, 0x8A, 0xC7])
    #expect(try EventReader.records(framed + framed).count == 2)
  }

  @Test func damageIsNoticed() throws {
    var framed = EventFile.framed(Array("123456789".utf8))
    #expect(throws: EventReader.Failure.cutOff(offset: 21)) {
      try EventReader.records(Array(framed.dropLast()))
    }
    framed[13] ^= 1
    #expect(throws: EventReader.Failure.checksum(offset: 12)) { try EventReader.records(framed) }
  }

  /// Four numbers in 0…6.4, in buckets of a tenth; a limit belongs to the bucket below it.
  @Test func histograms() {
    let values: [Float] = [0, 6.4, 3.21, 3.29, .nan, .infinity]
    let histogram = values.withUnsafeBufferPointer { BoardHistogramProto(of: $0) }
    #expect(histogram.min == 0 && abs(histogram.max - 6.4) < 1e-6 && histogram.num == 4)
    #expect(abs(histogram.sum - 12.9) < 1e-5)
    #expect(abs(histogram.sumSquares - (6.4 * 6.4 + 3.21 * 3.21 + 3.29 * 3.29)) < 1e-4)
    #expect(histogram.bucketLimit.count == 64 && histogram.bucketLimit.last == histogram.max)
    #expect(histogram.bucketLimit == histogram.bucketLimit.sorted())
    #expect(histogram.bucket.enumerated().filter { $0.element > 0 }.map(\.offset) == [0, 32, 63])
    #expect(histogram.bucket[32] == 2)
    let even = [Float](repeating: 0.5, count: 3).withUnsafeBufferPointer {
      BoardHistogramProto(of: $0)
    }
    #expect(even.bucket == [3, 0] && even.bucketLimit[0] == 0.5)
    #expect([Float.nan].withUnsafeBufferPointer { BoardHistogramProto(of: $0) }.num == 0)
  }
}

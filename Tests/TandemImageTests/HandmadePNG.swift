/// A PNG put together chunk by chunk, as the specification says (ISO/IEC 15948), right or wrong.
struct HandmadePNG {
  enum ColourType: UInt8 {
    case grey = 0
    case colour = 2
    case palette = 3
    case greyWithAlpha = 4
    case colourWithAlpha = 6

    var sampleCount: Int {
      switch self {
      case .grey, .palette: 1
      case .greyWithAlpha: 2
      case .colour: 3
      case .colourWithAlpha: 4
      }
    }
  }

  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  var width: UInt32
  var height: UInt32
  var bits: UInt8 = 8
  var type = ColourType.grey
  var isInterlaced = false
  /// Each row's samples, of any number of bits.
  var rows: [[Int]]
  /// Whole chunks between the header and the pixels.
  var chunksBefore: [[UInt8]] = []
  /// Whole chunks between the pixels and the end.
  var chunksAfter: [[UInt8]] = []

  init(_ rows: [[Int]], bits: UInt8 = 8, type: ColourType = .grey) {
    self.rows = rows
    self.bits = bits
    self.type = type
    width = UInt32(rows[0].count / type.sampleCount)
    height = UInt32(rows.count)
  }

  var bytes: [UInt8] {
    header + chunksBefore.joined() + Self.chunk("IDAT", Self.deflated(scanlines))
      + chunksAfter.joined() + Self.chunk("IEND", [])
  }

  var header: [UInt8] {
    let content =
      Self.bigEndian(width) + Self.bigEndian(height)
      + [bits, type.rawValue, 0, 0, isInterlaced ? 1 : 0]
    return Self.signature + Self.chunk("IHDR", content)
  }

  /// Rows with a filter of 0 before each.
  var scanlines: [UInt8] {
    guard isInterlaced else { return rows.flatMap { [0] + packed($0) } }
    // Adam7: where each pass begins and how far its pixels are apart.
    let passes = [
      (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
      (0, 1, 1, 2),
    ]
    let perPixel = type.sampleCount
    return passes.flatMap { pass -> [UInt8] in
      stride(from: pass.1, to: Int(height), by: pass.3).flatMap { y -> [UInt8] in
        let columns = stride(from: pass.0, to: Int(width), by: pass.2)
        let samples = columns.flatMap { rows[y][$0 * perPixel..<($0 + 1) * perPixel] }
        return samples.isEmpty ? [] : [0] + packed(samples)
      }
    }
  }

  private func packed(_ samples: [Int]) -> [UInt8] {
    if bits == 16 { return samples.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } }
    let perByte = 8 / Int(bits)
    return stride(from: 0, to: samples.count, by: perByte).map { start in
      (0..<perByte).reduce(0) { byte, i in
        byte << Int(bits) | UInt8(start + i < samples.count ? samples[start + i] : 0)
      }
    }
  }

  static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + content
    return bigEndian(UInt32(content.count)) + named + bigEndian(crc32(named))
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  /// RFC 1950 and 1951, uncompressed blocks.
  static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
      let block = bytes[start...].prefix(65_535)
      let isLast: UInt8 = start + block.count == bytes.count ? 1 : 0
      let (low, high) = (UInt8(block.count & 255), UInt8(block.count >> 8))
      stream += [isLast, low, high, ~low, ~high] + block
      start += block.count
    } while start < bytes.count
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return stream + bigEndian(b << 16 | a)
  }

  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}

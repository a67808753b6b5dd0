/// A zip archive of entries that are not compressed, composed byte by byte.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
func storedZip(_ entries: [(name: String, contents: [UInt8])]) -> [UInt8] {
  var archive: [UInt8] = []
  var directory: [UInt8] = []
  for (name, contents) in entries {
    // Version, flags, method, time and date; then what describes the contents.
    let common =
      [UInt8](repeating: 0, count: 10) + little(crc32(contents)) + little(UInt32(contents.count))
      + little(UInt32(contents.count)) + little(UInt16(name.utf8.count)) + [0, 0]
    directory += [0x50, 0x4B, 0x01, 0x02, 0, 0] + common
    directory += [UInt8](repeating: 0, count: 10) + little(UInt32(archive.count)) + name.utf8
    archive += [0x50, 0x4B, 0x03, 0x04] + common + name.utf8 + contents
  }
  let count = little(UInt16(entries.count))
  return archive + directory + [0x50, 0x4B, 0x05, 0x06, 0, 0, 0, 0] + count + count
    + little(UInt32(directory.count)) + little(UInt32(archive.count)) + [0, 0]
}

func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  withUnsafeBytes(of: number.littleEndian, Array.init)
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var value: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    value ^= UInt32(byte)
    for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }
  return ~value
}

/// Makes tar archives for tests, byte by byte.
struct TarArchive {
  private(set) var bytes: [UInt8] = []

  /// Where the contents of each member begin.
  private(set) var offsets: [String: Int] = [:]

  private static func octal(_ value: Int, digits: Int) -> [UInt8] {
    let text = String(value, radix: 8)
    return Array((String(repeating: "0", count: digits - text.count) + text).utf8) + [0]
  }

  /// - Parameters:
  ///   - size: what the header says, if not the truth.
  mutating func add(
    _ name: String, _ contents: [UInt8], type: Character = "0", size: Int? = nil,
    isSound: Bool = true
  ) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ field: [UInt8], at start: Int) {
      for (index, byte) in field.enumerated() { header[start + index] = byte }
    }
    put(Array(name.utf8.prefix(100)), at: 0)
    put(Self.octal(0o644, digits: 7), at: 100)
    put(Self.octal(size ?? contents.count, digits: 11), at: 124)
    put(Array(repeating: UInt8(ascii: " "), count: 8), at: 148)
    put(Array(String(type).utf8), at: 156)
    put(Array("ustar\u{0}00".utf8), at: 257)
    let sum = header.reduce(isSound ? 0 : 1) { $0 + Int($1) }
    put(Self.octal(sum, digits: 6), at: 148)
    bytes += header
    offsets[name] = bytes.count
    bytes += contents
    bytes += [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
  }

  /// POSIX' extended header for the next member.
  mutating func addExtended(_ values: [String: String]) {
    var text = ""
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      let rest = " \(key)=\(value)\n"
      var length = rest.utf8.count + 1
      while "\(length)\(rest)".utf8.count != length { length += 1 }
      text += "\(length)\(rest)"
    }
    add("PaxHeaders/x", Array(text.utf8), type: "x")
  }

  mutating func end() { bytes += [UInt8](repeating: 0, count: 1024) }
}

import Foundation

/// The head of an HTTP request, read strictly: what is not plain is refused.
package struct PageRequest: Hashable, Sendable {
  package let method: String
  /// Without the query; begins with `/`. Nothing is decoded and nothing leads out: paths are only
  /// compared.
  package let path: String
  /// Decoded.
  package let query: [String: String]
  /// By names in small letters.
  package let headers: [String: String]
  /// What follows the head; empty until it has come.
  package var body = Data()

  /// - Parameter head: without the empty line at its end.
  /// - Throws: `PageRefusal`.
  package init(head: some Collection<UInt8>) throws(PageRefusal) {
    // Bytes, not characters: a page asks many times a second, and these are ASCII.
    let bytes = Array(head)
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0D || $0 == 0x0A || $0 == 0x09 })
    else { throw .garbage }
    var lines = try Self.lines(bytes)[...]
    let words = (lines.popFirst() ?? []).split(
      separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard words.count == 3, ["HTTP/1.1", "HTTP/1.0"].contains(Self.text(words[2])),
      !words[0].isEmpty,
      words[0].allSatisfy(Self.isCapital), words[1].first == UInt8(ascii: "/")
    else { throw .garbage }
    method = Self.text(words[0])
    let parts = words[1].split(
      separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    path = Self.text(parts[0])
    query = parts.count == 2 ? Self.query(parts[1]) : [:]
    var headers: [String: String] = [:]
    for line in lines {
      let (name, value) = try Self.header(line)
      // Two hosts or two lengths would be seen otherwise by others on the way.
      guard headers.updateValue(value, forKey: name) == nil else { throw .garbage }
    }
    guard headers["transfer-encoding"] == nil else { throw .unknownLength }
    self.headers = headers
    if let length = headers["content-length"] {
      guard length.count <= 12, let count = Int(length), count >= 0, length.first != "+" else {
        throw .garbage
      }
      bodyLength = count
    } else {
      bodyLength = 0
    }
    closesAfterwards =
      Self.text(words[2]) == "HTTP/1.0"
      || headers["connection"]?.lowercased().contains("close") == true
  }

  /// Bytes that follow the head.
  package let bodyLength: Int
  /// Whether no other request follows on the connection.
  package let closesAfterwards: Bool

  /// What `expect` asks for before the body is sent.
  var waitsForLeave: Bool { headers["expect"]?.lowercased() == "100-continue" }

  // MARK: Parts of a head

  private typealias Bytes = ArraySlice<UInt8>

  private static func text(_ bytes: Bytes) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }

  /// Lines end with CR and LF; neither stands anywhere else.
  private static func lines(_ bytes: [UInt8]) throws(PageRefusal) -> [Bytes] {
    var lines: [Bytes] = []
    var start = 0
    for index in bytes.indices where bytes[index] == 0x0D || bytes[index] == 0x0A {
      if bytes[index] == 0x0A {
        guard index > start, bytes[index - 1] == 0x0D else { throw .garbage }
        lines.append(bytes[start..<index - 1])
        start = index + 1
      } else {
        guard index + 1 < bytes.count, bytes[index + 1] == 0x0A else { throw .garbage }
      }
    }
    lines.append(bytes[start...])
    return lines
  }

  /// The name in small letters, and the value without spaces around it.
  private static func header(_ line: Bytes) throws(PageRefusal) -> (String, String) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
      throw .garbage
    }
    let name = line[..<colon].map { isCapital($0) ? $0 | 0x20 : $0 }
    let isPlain = name.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
    }
    guard isPlain else { throw .garbage }
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var value = line[(colon + 1)...].drop(while: isSpace)
    while let last = value.last, isSpace(last) { value.removeLast() }
    return (text(name[...]), text(value))
  }

  private static func query(_ bytes: Bytes) -> [String: String] {
    var values: [String: String] = [:]
    for pair in bytes.split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let words = parts.map(decoded)
      if let name = words.first, values[name] == nil {
        values[name] = words.count == 2 ? words[1] : ""
      }
    }
    return values
  }

  /// A word of a query; the empty one where it is encoded wrongly.
  private static func decoded(_ bytes: Bytes) -> String {
    let word = text(bytes)
    guard bytes.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
      return word
    }
    return word.replacing("+", with: " ").removingPercentEncoding ?? ""
  }
}

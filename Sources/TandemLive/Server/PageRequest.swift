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
    guard head.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0D || $0 == 0x0A || $0 == 0x09 })
    else { throw .garbage }
    let text = String(decoding: head, as: UTF8.self)
    var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
    let words = (lines.popFirst() ?? "").split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, ["HTTP/1.1", "HTTP/1.0"].contains(words[2]),
      !words[0].isEmpty, words[0].allSatisfy({ ("A"..."Z").contains($0) }), words[1].hasPrefix("/")
    else { throw .garbage }
    method = String(words[0])
    let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = String(parts[0])
    query = parts.count == 2 ? Self.query(parts[1]) : [:]
    var headers: [String: String] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { throw .garbage }
      let name = line[..<colon].lowercased()
      guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }) else {
        throw .garbage
      }
      // Two hosts or two lengths would be seen otherwise by others on the way.
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
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
      words[2] == "HTTP/1.0" || headers["connection"]?.lowercased().contains("close") == true
  }

  /// Bytes that follow the head.
  package let bodyLength: Int
  /// Whether no other request follows on the connection.
  package let closesAfterwards: Bool

  /// What `expect` asks for before the body is sent.
  var waitsForLeave: Bool { headers["expect"]?.lowercased() == "100-continue" }

  private static func query(_ text: Substring) -> [String: String] {
    var values: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let words = parts.map {
        $0.replacing("+", with: " ").removingPercentEncoding ?? ""
      }
      if let name = words.first, values[name] == nil {
        values[name] = words.count == 2 ? words[1] : ""
      }
    }
    return values
  }
}

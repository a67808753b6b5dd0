import Foundation

/// A connection to a program of this machine, by which anything can be sent, and nothing too.
package final class RawClient {
  /// What came of a request.
  package struct Reply {
    /// 0 where nothing came that is an answer.
    package let status: Int
    package let head: String
    package let body: Data

    package var text: String { String(decoding: body, as: UTF8.self) }

    package func json() throws -> [String: Any] {
      try JSONSerialization.jsonObject(with: body) as? [String: Any] ?? [:]
    }
  }

  private let descriptor: Int32

  /// - Throws: where nobody listens.
  package init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else {
      let failure = errno
      close(descriptor)
      throw CocoaError(.fileReadUnknown, userInfo: ["errno": failure])
    }
    var patience = timeval(tv_sec: 60, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(
        descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  deinit { close(descriptor) }

  /// Sends what the other side takes; false where it has gone.
  @discardableResult
  package func send(_ bytes: some Collection<UInt8>) -> Bool {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if sent <= 0 { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  /// What comes until the other side closes.
  package func rest() -> Data {
    var all = Data()
    while let part = part() { all += part }
    return all
  }

  private func part() -> Data? {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count > 0 ? Data(buffer[..<count]) : nil
  }

  /// Sends a request and reads its answer; the connection stays open.
  package func ask(
    _ path: String, method: String = "GET", headers: [String: String] = [:], body: Data = Data()
  ) -> Reply {
    var head = "\(method) \(path) HTTP/1.1\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if method == "POST" { head += "Content-Length: \(body.count)\r\n" }
    send(Array(Data((head + "\r\n").utf8) + body))
    return reply()
  }

  /// Reads one answer.
  package func reply() -> Reply {
    var all = Data()
    let end = Data("\r\n\r\n".utf8)
    while all.range(of: end) == nil {
      guard let part = part() else { return Reply(status: 0, head: "", body: all) }
      all += part
    }
    let found = all.range(of: end) ?? all.startIndex..<all.startIndex
    let head = String(decoding: all[..<found.lowerBound], as: UTF8.self)
    var body = Data(all[found.upperBound...])
    let length = head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
      .flatMap { Int($0.dropFirst("Content-Length: ".count)) }
    while body.count < length ?? 0, let part = part() { body += part }
    let words = head.split(separator: " ")
    return Reply(status: words.count > 1 ? Int(words[1]) ?? 0 : 0, head: head, body: body)
  }
}

import Foundation
import TandemLive
import Testing

/// Heads of requests are read strictly.
struct PageRequestTests {
  private func request(_ text: String) throws(PageRefusal) -> PageRequest {
    try PageRequest(head: Data(text.utf8))
  }

  @Test func partsAreRead() throws {
    let read = try request(
      "POST /control?do=a+b&value=%31%2E5&value=2&empty HTTP/1.1\r\nHost: x:1\r\nContent-LENGTH:  12 "
    )
    #expect(read.method == "POST" && read.path == "/control")
    #expect(read.query == ["do": "a b", "value": "1.5", "empty": ""])
    #expect(read.headers == ["host": "x:1", "content-length": "12"])
    #expect(read.bodyLength == 12 && !read.closesAfterwards)
    #expect(try request("GET / HTTP/1.0\r\nHost: x").closesAfterwards)
    #expect(try request("GET / HTTP/1.1\r\nConnection: Close").closesAfterwards)
  }

  @Test(arguments: [
    "", "GET", "GET /", "GET / HTTP/2", "get / HTTP/1.1", "GET  / HTTP/1.1",
    "GET http://a/ HTTP/1.1", "GET / HTTP/1.1\r\n no: colon name", "GET / HTTP/1.1\r\nno colon",
    "GET / HTTP/1.1\r\n: empty", "GET / HTTP/1.1\r\nHost: a\r\nhost: b",
    "GET / HTTP/1.1\r\nContent-Length: -1", "GET / HTTP/1.1\r\nContent-Length: +1",
    "GET / HTTP/1.1\r\nContent-Length: 1e3", "GET / HTTP/1.1\r\nContent-Length: 99999999999999999",
    "GET / HTTP/1.1\nHost: a", "GET / HTTP/1.1\rHost: a", "GET / HTTP/1.1\r\nHost: a\r",
    "GET /\u{0} HTTP/1.1", "GET / HTTP/1.1\r\nX: \u{E9}",
  ])
  func otherThingsAreGarbage(text: String) {
    #expect(throws: PageRefusal.garbage) { try request(text) }
  }

  @Test func chunkedBodiesAreRefused() {
    #expect(throws: PageRefusal.unknownLength) {
      try request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked")
    }
  }

  /// Paths are compared and never opened.
  @Test func pathsStayAsTheyAre() throws {
    #expect(try request("GET /../../etc/passwd HTTP/1.1").path == "/../../etc/passwd")
    #expect(try request("GET /%2e%2e/x HTTP/1.1").path == "/%2e%2e/x")
  }

  @Test func answersSayWhatTheyAre() {
    let answer = PageAnswer.json("{}")
    let text = String(decoding: answer.bytes(closes: true), as: UTF8.self)
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.hasSuffix("\r\n\r\n{}"))
    for line in [
      "Content-Length: 2", "Connection: close", "Cache-Control: no-store",
      "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "X-Frame-Options: DENY",
    ] { #expect(text.contains("\r\n\(line)\r\n"), "\(line)") }
    let refused = PageAnswer(PageRefusal.bodyTooLarge(most: 5))
    #expect(refused.status == 413 && String(decoding: refused.body, as: UTF8.self).contains("5"))
  }
}

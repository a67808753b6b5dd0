import Foundation

/// What a request is answered with.
package struct PageAnswer: Hashable, Sendable {
  package let status: Int
  package let contentType: String
  package let body: Data
  /// Which pages may use what; nil for what is no page.
  package let policy: String?

  package init(status: Int = 200, contentType: String, body: Data, policy: String? = nil) {
    self.status = status
    self.contentType = contentType
    self.body = body
    self.policy = policy
  }

  package static func json(_ text: String) -> PageAnswer {
    PageAnswer(contentType: "application/json; charset=utf-8", body: Data(text.utf8))
  }

  /// A whole page with its policy.
  package static func page(_ source: String, policy: String) -> PageAnswer {
    PageAnswer(contentType: "text/html; charset=utf-8", body: Data(source.utf8), policy: policy)
  }

  package init(_ refusal: PageRefusal) {
    self.init(
      status: refusal.status, contentType: "text/plain; charset=utf-8",
      body: Data((refusal.words + "\n").utf8))
  }

  /// The answer as it is sent.
  package func bytes(closes: Bool) -> Data {
    var head = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
    head += "Content-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n"
    head += "Connection: \(closes ? "close" : "keep-alive")\r\nCache-Control: no-store\r\n"
    // Nothing of the page, its token for one, is for others.
    head += "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
    head += "X-Frame-Options: DENY\r\nCross-Origin-Resource-Policy: same-origin\r\n"
    if let policy { head += "Content-Security-Policy: \(policy)\r\n" }
    return Data((head + "\r\n").utf8) + body
  }

  private static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 400: "Bad Request"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 411: "Length Required"
    case 413: "Content Too Large"
    case 431: "Request Header Fields Too Large"
    case 503: "Service Unavailable"
    default: "Error"
    }
  }
}

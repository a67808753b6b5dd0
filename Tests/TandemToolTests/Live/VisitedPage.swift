import Foundation
import TestSupport
import Testing

/// A page that somebody serves, and what visitors do with it.
protocol VisitedPage {
  var port: Int { get }
  var token: String { get }

  /// Waits until something is true; throws if it is not for a long time, or the program ends.
  func wait(for what: String, until isTrue: () throws -> Bool) throws
}

extension VisitedPage {
  var address: String { "http://127.0.0.1:\(port)/?token=\(token)" }
  var headers: [String: String] { ["Host": "127.0.0.1:\(port)", "Tandem-Token": token] }

  func ask(
    _ path: String, method: String = "GET", body: Data = Data(),
    without: String? = nil, with more: [String: String] = [:]
  ) throws -> RawClient.Reply {
    var headers = headers.merging(more) { $1 }
    if let without { headers[without] = nil }
    return try RawClient(port: port).ask(path, method: method, headers: headers, body: body)
  }

  /// Asks for a control and expects it to be taken.
  func control(_ query: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let reply = try ask("/control?\(query)", method: "POST")
    #expect(reply.status == 200, "\(reply.text)", sourceLocation: sourceLocation)
  }

  func news(_ query: String = "") throws -> [String: Any] { try ask("/news?\(query)").json() }

  func phase() throws -> String { try news()["phase"] as? String ?? "" }

  func wait(for phase: String) throws {
    try wait(for: "the phase \(phase)") { try self.phase() == phase }
  }

  /// Where a program says that its page is, once it has said so.
  static func address(in errors: String) -> (port: Int, token: String)? {
    errors.firstMatch(of: #/page is at http://127\.0\.0\.1:(\d+)/\?token=([0-9a-f]{32})\n/#)
      .map { (Int($0.output.1) ?? 0, String($0.output.2)) }
  }
}

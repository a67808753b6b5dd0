import Foundation
import TandemLive
import Testing

/// Who may ask for anything: the token, the host and the page that asks.
struct PageAccessTests {
  static let token = "0123456789abcdef0123456789abcdef"

  private func refusal(
    _ headers: [String: String], path: String = "/", host: String = "127.0.0.1"
  ) throws -> PageRefusal? {
    let lines = headers.map { "\($0.key): \($0.value)\r\n" }.sorted().joined()
    let request = try PageRequest(head: Data("POST \(path) HTTP/1.1\r\n\(lines)".utf8.dropLast(2)))
    do {
      try PageAccess(token: Self.token, host: host).check(request)
      return nil
    } catch {
      return error
    }
  }

  private let right = ["Host": "127.0.0.1:8890", "Tandem-Token": token]

  @Test(arguments: ["127.0.0.1:8890", "localhost:1234", "[::1]:9", "LOCALHOST", "127.0.0.1"])
  func ownHostsWithAnyPortAreTaken(host: String) throws {
    #expect(try refusal(right.merging(["Host": host]) { $1 }) == nil)
  }

  @Test(arguments: [
    "evil.example:8890", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "10.0.0.7:8890",
    "[::2]:8890", "127.0.0.1@evil.example", "[::1", "0.0.0.0:8890",
  ])
  func foreignHostsAreRefused(host: String) throws {
    #expect(try refusal(right.merging(["Host": host]) { $1 }) == .foreignHost)
  }

  @Test func aHostIsNeeded() throws {
    #expect(try refusal(["Tandem-Token": Self.token]) == .foreignHost)
  }

  /// Numbers lead where they say; names of others do not.
  @Test func openPagesTakeNumbersAndTheirOwnHost() throws {
    for (host, asked, expected) in [
      ("192.168.0.9:8890", "0.0.0.0", nil), ("evil.example", "0.0.0.0", .foreignHost),
      ("10.1.2.3:80", "10.1.2.3", nil), ("[fe80::1]:80", "::", nil),
      ("localhost:1", "0.0.0.0", nil),
    ] as [(String, String, PageRefusal?)] {
      #expect(try refusal(right.merging(["Host": host]) { $1 }, host: asked) == expected, "\(host)")
    }
  }

  @Test func foreignPagesAreRefused() throws {
    for (origin, expected) in [
      ("http://127.0.0.1:8890", nil), ("http://127.0.0.1:8891", .foreignOrigin),
      ("https://evil.example", .foreignOrigin), ("null", .foreignOrigin),
      ("http://localhost:8890", .foreignOrigin), ("", .foreignOrigin),
    ] as [(String, PageRefusal?)] {
      #expect(try refusal(right.merging(["Origin": origin]) { $1 }) == expected, "\(origin)")
    }
  }

  @Test func theTokenComesInTheQueryOrAHeader() throws {
    let host = ["Host": "127.0.0.1:8890"]
    #expect(try refusal(host, path: "/?token=\(Self.token)") == nil)
    #expect(try refusal(host) == .wrongToken)
    #expect(try refusal(host, path: "/?token=") == .wrongToken)
    #expect(try refusal(host, path: "/?token=\(Self.token.dropLast())0") == .wrongToken)
    #expect(try refusal(host, path: "/?token=\(Self.token)0") == .wrongToken)
    #expect(
      try refusal(host.merging(["Tandem-Token": Self.token.uppercased()]) { $1 }) == .wrongToken)
    #expect(try refusal(host.merging(["Cookie": "token=\(Self.token)"]) { $1 }) == .wrongToken)
  }

  @Test func tokensAreLongAndDiffer() {
    let tokens = (0..<20).map { _ in PageAccess.makeToken() }
    #expect(tokens.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
    #expect(Set(tokens).count == 20)
  }
}

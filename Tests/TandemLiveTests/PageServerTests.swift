import Foundation
import Synchronization
import TandemLive
import TestSupport
import Testing

/// Pages over real sockets: bounds hold, refusals are told once, and others are answered meanwhile.
@Suite(.serialized)
struct PageServerTests {
  private let server: PageServer
  private let told = Told()
  private var right: [String: String] {
    ["Host": "127.0.0.1:\(server.port)", "Tandem-Token": PageAccessTests.token]
  }

  private final class Told: Sendable {
    let lines = Mutex<[String]>([])
  }

  init() throws {
    var limits = PageLimits()
    limits.connections = 8
    limits.headBytes = 4096
    limits.bodyBytes = 1000
    limits.requestSeconds = 1
    server = try PageServer(
      PagePlace(port: 0, option: "--live"), PageAccess(token: PageAccessTests.token),
      limits: limits,
      refusals: RefusalLog { [told] line in told.lines.withLock { $0.append(line) } }
    ) { request in
      if request.path == "/nonsense" { throw PageRefusal.nonsense("No.") }
      if request.path == "/large" {
        return PageAnswer(contentType: "text/plain", body: Data(count: 4 << 20))
      }
      return PageAnswer.json("{\"path\":\"\(request.path)\",\"bytes\":\(request.body.count)}")
    }
    server.start()
  }

  private func client() throws -> RawClient { try RawClient(port: server.port) }

  private func isAnswered() throws -> Bool { try client().ask("/", headers: right).status == 200 }

  @Test func oneConnectionTakesManyRequests() throws {
    let client = try client()
    for number in 1...50 {
      let reply = client.ask(
        "/\(number)", method: "POST", headers: right, body: Data(count: number))
      #expect(reply.status == 200 && reply.text == "{\"path\":\"/\(number)\",\"bytes\":\(number)}")
    }
    #expect(told.lines.withLock { $0 } == [])
    server.stop()
  }

  @Test func requestsMayComeInPieces() throws {
    let client = try client()
    let text =
      "POST /a HTTP/1.1\r\nHost: localhost\r\nTandem-Token: \(PageAccessTests.token)\r\nContent-Length: 3\r\n\r\nabc"
    for byte in text.utf8 { client.send([byte]) }
    #expect(client.reply().text == "{\"path\":\"/a\",\"bytes\":3}")
    // Two at once are answered one after the other.
    client.send((text + text).utf8)
    #expect(client.reply().status == 200 && client.reply().status == 200)
    server.stop()
  }

  @Test func whatIsRefusedIsToldOnceAKind() throws {
    for _ in 1...3 {
      #expect(try client().ask("/").status == 403)
      #expect(try client().ask("/", headers: ["Host": "127.0.0.1"]).status == 403)
      #expect(
        try client().ask("/", headers: right.merging(["Origin": "http://evil.example"]) { $1 })
          .status == 403)
      #expect(try client().ask("/../etc/passwd", headers: right).status == 200, "a name as any")
      #expect(try client().ask("/nonsense", headers: right).text == "No.\n")
    }
    let lines = told.lines.withLock { $0 }
    #expect(lines.count == 3 && Set(lines).count == 3, "\(lines)")
    #expect(try isAnswered())
    server.stop()
  }

  @Test(arguments: [
    Data([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3]), Data("SSH-2.0-OpenSSH\r\n\r\n".utf8),
    Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 97) }), Data("\r\n\r\n".utf8),
    Data("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".utf8),
  ])
  func garbageIsRefused(bytes: Data) throws {
    let client = try client()
    client.send(Array(bytes))
    #expect(client.reply().status == 400)
    #expect(client.rest().isEmpty, "and the connection ends")
    #expect(try isAnswered())
    server.stop()
  }

  @Test func headsAndBodiesAreBounded() throws {
    #expect(
      try client().ask(
        "/", headers: right.merging(["X": String(repeating: "x", count: 9000)]) { $1 }
      )
      .status == 431)
    let endless = try client()
    endless.send(Data("GET /".utf8))
    endless.send(Data(repeating: 0x61, count: 9000))
    #expect(endless.reply().status == 431)
    #expect(
      try client().ask("/", method: "POST", headers: right, body: Data(count: 100_000)).status
        == 413)
    #expect(
      try client().ask(
        "/", headers: right.merging(["Transfer-Encoding": "chunked"]) { $1 }
      ).status == 411)
    #expect(try isAnswered())
    server.stop()
  }

  /// A visitor that announces a body and waits for leave gets it, or the refusal at once.
  @Test func largeBodiesAreRefusedBeforeTheyAreSent() throws {
    let client = try client()
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nTandem-Token: \(PageAccessTests.token)\r\n"
    client.send((head + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n").utf8)
    #expect(client.reply().status == 100)
    client.send("abc".utf8)
    #expect(client.reply().status == 200)
    client.send((head + "Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n").utf8)
    #expect(client.reply().status == 413)
    server.stop()
  }

  @Test func whoHoldsConnectionsMakesRoomForWhoKnowsTheToken() throws {
    let known = try client()
    #expect(known.ask("/", headers: right).status == 200)
    let held = try (0..<200).map { _ in try client() }
    #expect(try isAnswered())
    #expect(known.ask("/", headers: right).status == 200, "it was not its turn to go")
    #expect(held.count == 200)
    #expect(told.lines.withLock { $0 }.count == 1)
    server.stop()
  }

  @Test func whoIsSlowIsNotWaitedFor() throws {
    let slow = try client()
    slow.send("GET / HTTP/1.1\r\nHo".utf8)
    #expect(slow.rest().isEmpty, "its time is over")
    for _ in 0..<1000 where told.lines.withLock(\.isEmpty) { usleep(5000) }
    #expect(told.lines.withLock { $0 }.contains { $0.contains("too long") })
    // One that does not take its answer.
    let deaf = try client()
    deaf.send(
      "GET /large HTTP/1.1\r\nHost: localhost\r\nTandem-Token: \(PageAccessTests.token)\r\n\r\n"
        .utf8)
    #expect(try isAnswered())
    server.stop()
  }

  @Test func aPortInUseIsNamed() throws {
    let port = server.port
    #expect {
      try PageServer(
        PagePlace(port: port, option: "--live"), PageAccess(token: "x")
      ) { _ in PageAnswer.json("{}") }
    } throws: { error in
      "\(error)".contains("port \(port)") && "\(error)".contains("--live \(port + 1)")
    }
    #expect(throws: ListeningError.self) {
      try PageServer(
        PagePlace(host: "192.0.2.1", port: 0, option: "--live"), PageAccess(token: "x")
      ) { _ in PageAnswer.json("{}") }
    }
    server.stop()
  }
}

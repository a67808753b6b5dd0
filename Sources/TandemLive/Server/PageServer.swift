import FlyingSocks
import Foundation
import Synchronization
import TandemProcess

/// Serves pages by HTTP 1.1, as little of it as browsers need, and with everything bounded: see
/// `PageLimits`. Sockets and their waiting are FlyingSocks', which comes with FlyingFox; the HTTP
/// server of that package has no bounds for heads, connections and time.
///
/// Safe to share: what is not constant is in `connections`, `tasks`, which guard themselves.
package final class PageServer: Sendable {
  /// Answers a request that may be answered.
  package typealias Handler = @Sendable (PageRequest) async throws -> PageAnswer

  package let host: String
  package let port: Int
  private let socket: Socket
  private let access: PageAccess
  private let limits: PageLimits
  private let refusals: RefusalLog
  private let handler: Handler
  private let connections: ConnectionTable
  private let tasks = Mutex<[Task<Void, Never>]>([])

  /// Takes the address; nothing is answered before `start`.
  ///
  /// - Parameters:
  ///   - place: where the page is.
  ///   - handler: gets requests that `access` lets through.
  /// - Throws: `ListeningError`.
  package init(
    _ place: PagePlace, _ access: PageAccess, limits: PageLimits = PageLimits(),
    refusals: RefusalLog = RefusalLog(), handler: @escaping Handler
  ) throws {
    self.access = access
    self.limits = limits
    self.refusals = refusals
    self.handler = handler
    host = place.host
    connections = ConnectionTable(most: limits.connections)
    do {
      let made = try Self.listen(place)
      (socket, port) = made
    } catch {
      var code = EINVAL
      if case SocketError.failed(_, let number, _)? = error as? SocketError { code = number }
      throw ListeningError(
        host: place.host, port: place.port, code: code, option: place.option)
    }
  }

  private static func listen(_ place: PagePlace) throws -> (Socket, Int) {
    let isNew = place.host.contains(":")
    let socket = try Socket(domain: isNew ? AF_INET6 : AF_INET)
    do {
      closeOnExec(socket)
      try socket.setValue(true, for: .localAddressReuse)
      let port = UInt16(place.port)
      if isNew {
        try socket.bind(to: .inet6(ip6: place.host, port: port))
      } else {
        let host = place.host == "localhost" ? "127.0.0.1" : place.host
        try socket.bind(to: .inet(ip4: host, port: port))
      }
      try socket.listen(maxPendingConnection: 64)
      switch try socket.sockname() {
      case .ip4(_, let port), .ip6(_, let port): return (socket, Int(port))
      case .unix: return (socket, place.port)
      }
    } catch {
      try? socket.close()
      throw error
    }
  }

  private static func closeOnExec(_ socket: Socket) {
    _ = fcntl(socket.file.rawValue, F_SETFD, FD_CLOEXEC)
  }

  deinit {
    try? socket.close()
  }

  /// Where a page is.
  package struct Address: Encodable, Hashable, Sendable {
    /// To open, with the token.
    package let address: String
    package let host: String
    package let port: Int
    package let token: String
  }

  package var address: Address {
    let shown = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host
    let place = shown.contains(":") ? "[\(shown)]" : shown
    return Address(
      address: "http://\(place):\(port)/?token=\(access.token)", host: host, port: port,
      token: access.token)
  }

  /// Begins to answer.
  package func start() {
    let pool = SocketPool.make()
    let running = Task.detached(priority: .utility) { [self] in
      do {
        try await pool.prepare()
      } catch {
        return
      }
      await withTaskGroup(of: Void.self) { group in
        group.addTask { try? await pool.run() }
        group.addTask { await self.sweep() }
        group.addTask { await self.accept(pool) }
      }
    }
    tasks.withLock { $0.append(running) }
  }

  /// Answers nothing any more.
  package func stop() {
    for task in tasks.withLock({ $0 }) { task.cancel() }
    connections.sweep(all: true)
  }

  /// Looks after connections whose time is over.
  private func sweep() async {
    while !Task.isCancelled {
      try? await Task.sleep(nanoseconds: 500_000_000)
      connections.sweep()
    }
  }

  private func accept(_ pool: some AsyncSocketPool) async {
    guard let listening = try? AsyncSocket(socket: socket, pool: pool) else { return }
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        do {
          let connection = try await listening.accept()
          admit(connection, &group)
        } catch {
          // No descriptors are left, for example, or the visitor is gone already.
          try? await Task.sleep(nanoseconds: 50_000_000)
        }
      }
    }
  }

  private func admit(_ connection: AsyncSocket, _ group: inout DiscardingTaskGroup) {
    Self.closeOnExec(connection.socket)
    let admitted = connections.add(
      connection.socket.file.rawValue, seconds: limits.requestSeconds)
    if admitted.hasReplaced { refusals.note(.tooManyConnections) }
    guard let number = admitted.number else {
      refusals.note(.tooManyConnections)
      try? connection.close()
      return
    }
    group.addTask { [self] in
      await serve(connection, number)
      connections.remove(number) { try? connection.close() }
    }
  }

  // MARK: One connection

  private func serve(_ connection: AsyncSocket, _ number: Int) async {
    var rest = Data()
    var hasBegun = false
    while true {
      do {
        guard let request = try await read(connection, number, &rest, &hasBegun) else {
          if connections.isOver(number), hasBegun { refusals.note(.tooSlow) }
          return
        }
        connections.extend(number, seconds: limits.requestSeconds, isKnown: true)
        let answer: PageAnswer
        do {
          answer = try await handler(request)
        } catch let refusal as PageRefusal {
          answer = PageAnswer(refusal)
          refusals.note(refusal)
        } catch {
          answer = PageAnswer(.nonsense("\(error)".messageLine))
        }
        // The work may have taken its time; taking the answer must not.
        connections.extend(number, seconds: limits.requestSeconds)
        try await connection.write(answer.bytes(closes: request.closesAfterwards))
        if request.closesAfterwards { return }
        connections.extend(number, seconds: limits.idleSeconds)
        hasBegun = false
      } catch let refusal as PageRefusal {
        refusals.note(refusal)
        connections.extend(number, seconds: 1)
        await refuse(connection, refusal)
        return
      } catch {
        if connections.isOver(number), hasBegun { refusals.note(.tooSlow) }
        return
      }
    }
  }

  /// Reads a request; nil where the visitor leaves instead.
  private func read(
    _ connection: AsyncSocket, _ number: Int, _ rest: inout Data, _ hasBegun: inout Bool
  ) async throws -> PageRequest? {
    let end = Data("\r\n\r\n".utf8)
    hasBegun = !rest.isEmpty
    while rest.range(of: end) == nil {
      if rest.count > limits.headBytes { throw PageRefusal.headTooLarge }
      guard let part = try await part(of: connection) else { return nil }
      if !hasBegun {
        hasBegun = true
        connections.extend(number, seconds: limits.requestSeconds)
      }
      rest += part
      // What cannot become a request is not waited for.
      if let first = rest.first, !(0x41...0x5A).contains(first) { throw PageRefusal.garbage }
    }
    guard let found = rest.range(of: end) else { return nil }
    if found.lowerBound - rest.startIndex > limits.headBytes { throw PageRefusal.headTooLarge }
    var request = try PageRequest(head: rest[..<found.lowerBound])
    try access.check(request)
    if request.bodyLength > limits.bodyBytes {
      throw PageRefusal.bodyTooLarge(most: limits.bodyBytes)
    }
    rest = Data(rest[found.upperBound...])
    if request.waitsForLeave, rest.count < request.bodyLength {
      try await connection.write(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }
    while rest.count < request.bodyLength {
      guard let part = try await part(of: connection) else { return nil }
      rest += part
    }
    request.body = Data(rest.prefix(request.bodyLength))
    rest = Data(rest.dropFirst(request.bodyLength))
    return request
  }

  private func part(of connection: AsyncSocket) async throws -> [UInt8]? {
    do {
      return try await connection.read(atMost: 4096)
    } catch SocketError.disconnected {
      return nil
    }
  }

  /// Says why, and waits a moment for the visitor to see it: a socket that is closed with bytes
  /// unread would take the answer back.
  private func refuse(_ connection: AsyncSocket, _ refusal: PageRefusal) async {
    do {
      try await connection.write(PageAnswer(refusal).bytes(closes: true))
      shutdown(connection.socket.file.rawValue, Int32(SHUT_WR))
      var taken = 0
      while taken < 1 << 20, let part = try await part(of: connection) { taken += part.count }
    } catch {
      // The visitor is gone, or its second is over.
    }
  }
}

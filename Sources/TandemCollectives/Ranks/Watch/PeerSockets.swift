import Foundation

/// The TCP connections of this process, as the system sees them: it ends those of a process that is
/// gone at once, whatever MPI, which keeps them to itself, makes of it.
///
/// Belongs to the communication thread.
package final class PeerSockets {
  /// An address and a port, as the system writes them: the bytes of a `sockaddr`.
  package struct End: Hashable {
    package let bytes: [UInt8]
  }

  struct Connection: Hashable {
    let own: End
    let peer: End
  }

  /// The connections by descriptor, as of the last search.
  private var connections: [Int32: Connection] = [:]
  /// Connections whose descriptors have become another's.
  private var replaced: [Connection] = []
  /// Whose the other ends are, as their ranks say.
  private var owners: [End: Int] = [:]

  package init() {}

  /// Looks for connections that are new; those that have ended since are kept.
  /// - Returns: the own ends of all that are open.
  package func refresh() -> [End] {
    let open = Self.openConnections()
    for (descriptor, connection) in open {
      if let former = connections.updateValue(connection, forKey: descriptor),
        former != connection
      {
        replaced.append(former)
      }
    }
    return open.values.map(\.own)
  }

  /// Notes that these ends are rank `rank`'s.
  package func note(_ ends: [End], of rank: Int) {
    for end in ends { owners[end] = rank }
  }

  /// The ranks all of whose connections have ended.
  package func lostRanks() -> [Int] {
    var polls = connections.keys.map {
      pollfd(fd: $0, events: Int16(Self.peerHasClosed), revents: 0)
    }
    poll(&polls, nfds_t(polls.count), 0)
    let ended = Int32(POLLHUP) | Int32(POLLERR) | Int32(POLLNVAL) | Self.peerHasClosed
    var lost = Set(replaced.compactMap { owners[$0.peer] })
    var living: Set<Int> = []
    for poll in polls {
      guard let connection = connections[poll.fd], let rank = owners[connection.peer] else {
        continue
      }
      let isOpen = Int32(poll.revents) & ended == 0 && Self.connection(poll.fd) == connection
      if isOpen { living.insert(rank) } else { lost.insert(rank) }
    }
    return lost.subtracting(living).sorted()
  }

  /// Linux' POLLRDHUP, which needs _GNU_SOURCE.
  private static let peerHasClosed: Int32 = 0x2000

  private static func openConnections() -> [Int32: Connection] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    var found: [Int32: Connection] = [:]
    for descriptor in names.compactMap({ Int32($0) }) {
      if let connection = connection(descriptor) { found[descriptor] = connection }
    }
    return found
  }

  /// nil if it is no TCP connection to another process.
  private static func connection(_ descriptor: Int32) -> Connection? {
    guard let own = end(descriptor, getsockname), let peer = end(descriptor, getpeername) else {
      return nil
    }
    return Connection(own: own, peer: peer)
  }

  private static func end(
    _ descriptor: Int32,
    _ ask: (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32
  ) -> End? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &length) }
    }
    guard result == 0 else { return nil }
    // Family and port; then the address, without what only has a meaning on one host.
    return withUnsafeBytes(of: storage) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET: End(bytes: Array(bytes[0..<8]))
      case AF_INET6: End(bytes: Array(bytes[0..<4]) + Array(bytes[8..<24]))
      default: nil
      }
    }
  }
}

extension PeerSockets {
  /// The ends as bytes that can be sent.
  package static func encode(_ ends: [End]) -> [UInt8] {
    ends.flatMap { [UInt8($0.bytes.count)] + $0.bytes }
  }

  package static func decode(_ bytes: [UInt8]) -> [End] {
    var ends: [End] = []
    var rest = bytes[...]
    while let count = rest.first, rest.count > Int(count) {
      ends.append(End(bytes: Array(rest.dropFirst().prefix(Int(count)))))
      rest = rest.dropFirst(Int(count) + 1)
    }
    return ends
  }
}

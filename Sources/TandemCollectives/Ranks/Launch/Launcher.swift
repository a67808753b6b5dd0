import Foundation

/// The process that has started a rank and serves it: `mpirun`, or its daemon on another host. The
/// variables in which a rank finds its address outlive it.
package struct Launcher: Sendable {
  /// Where it listens, by the values of the variables; several, if it speaks several dialects.
  package let addresses: [String]

  package init(_ environment: [String: String]) {
    addresses = Set(environment.filter { $0.key.hasPrefix("PMIX_SERVER_URI") }.values).sorted()
  }

  /// Whether somebody listens there. A rank that cannot tell takes its launcher for alive, so that
  /// a real job is never refused.
  package var isAlive: Bool { isAlive(listening: Self.listeningPorts()) }

  /// - Parameter listening: the ports of this host on which somebody listens; nil if it does not
  ///   tell.
  package func isAlive(listening: Set<UInt16>?) -> Bool {
    addresses.contains { address in
      guard let listening, let port = Self.port(of: address) else { return true }
      return listening.contains(port)
    }
  }

  /// The port in `NAMESPACE.RANK;tcp4://127.0.0.1:PORT`.
  private static func port(of address: String) -> UInt16? {
    guard address.contains(";tcp"), let colon = address.lastIndex(of: ":") else { return nil }
    return UInt16(address[address.index(after: colon)...])
  }

  /// Nobody is asked, so that no launcher sees a connection that says nothing.
  private static func listeningPorts() -> Set<UInt16>? {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap {
      FileManager.default.contents(atPath: $0)
    }
    if tables.isEmpty { return nil }
    let listening = "0A"
    // number: local address:port, remote address:port, state …
    return Set(
      tables.flatMap { table in
        String(decoding: table, as: UTF8.self).split(separator: "\n").compactMap { line in
          let fields = line.split(separator: " ", maxSplits: 4)
          guard fields.count > 3, fields[3] == listening else { return nil }
          return fields[1].split(separator: ":").last.flatMap { UInt16($0, radix: 16) }
        }
      })
  }
}

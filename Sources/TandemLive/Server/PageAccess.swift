import Foundation

/// Who may ask a page for anything: whoever knows its token, by an address of this machine, and no
/// other page.
///
/// - The host that a request names must be this machine's, whatever the port, which `ssh -L` may
///   have changed: a name of somebody else's that leads here (DNS rebinding) is refused.
/// - A request that another page makes says so in `Origin`.
/// - The token comes in the query, `?token=…`, or in the header `Tandem-Token`. There is no cookie,
///   so a browser never sends it by itself.
package struct PageAccess: Hashable, Sendable {
  package let token: String
  /// The host that the page was asked to be at, besides those of this machine; nil for none.
  private let askedHost: String?
  /// Whether addresses in numbers are taken, and this machine's name: where others may reach it.
  private let isOpen: Bool

  private static let own: Set<String> = ["127.0.0.1", "localhost", "[::1]"]

  /// - Parameters:
  ///   - token: what requests have to know.
  ///   - host: that the page was asked to be at.
  package init(token: String, host: String = "127.0.0.1") {
    self.token = token
    let bracketed = host.contains(":") ? "[\(host)]" : host
    isOpen = !Self.own.contains(bracketed)
    askedHost = isOpen ? bracketed.lowercased() : nil
  }

  /// A token that nobody can guess: 128 bits.
  package static func makeToken() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      String(format: "%016lx", UInt64.random(in: 0...UInt64.max, using: &generator))
    }.joined()
  }

  /// - Throws: `PageRefusal.foreignHost`, `foreignOrigin` or `wrongToken`.
  package func check(_ request: PageRequest) throws(PageRefusal) {
    guard let host = request.headers["host"]?.lowercased(), isOwn(host) else {
      throw .foreignHost
    }
    if let origin = request.headers["origin"]?.lowercased(), origin != "http://" + host {
      throw .foreignOrigin
    }
    guard let given = request.headers["tandem-token"] ?? request.query["token"], isToken(given)
    else { throw .wrongToken }
  }

  private func isOwn(_ host: String) -> Bool {
    let name = Self.name(host)
    if Self.own.contains(name) { return true }
    guard isOpen else { return false }
    // Names can be made to lead anywhere, numbers cannot.
    return name == askedHost || Self.isNumeric(name) || name == Self.machineName
  }

  /// Without the port.
  private static func name(_ host: String) -> String {
    if host.hasPrefix("[") {
      return host.firstIndex(of: "]").map { String(host[...$0]) } ?? ""
    }
    return String(host.prefix { $0 != ":" })
  }

  private static func isNumeric(_ name: String) -> Bool {
    if name.hasPrefix("[") {
      var address = in6_addr()
      return inet_pton(AF_INET6, String(name.dropFirst().dropLast()), &address) == 1
    }
    var address = in_addr()
    return inet_pton(AF_INET, name, &address) == 1
  }

  private static let machineName: String = {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      .lowercased()
  }()

  /// Compares in a time that does not tell where the first difference is.
  private func isToken(_ given: String) -> Bool {
    let (own, other) = (Array(token.utf8), Array(given.utf8))
    guard own.count == other.count else { return false }
    return zip(own, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

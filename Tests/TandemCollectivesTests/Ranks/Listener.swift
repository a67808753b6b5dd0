import Foundation

/// A socket of this host that listens on a free port.
final class Listener {
  let descriptor: Int32
  let port: UInt16

  struct Failure: Error {
    let code = errno
  }

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = Self.local(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isBound = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    guard isBound else { throw Failure() }
  }

  /// Both ends of a new connection to it: who has asked for it, and who has accepted.
  func connection() throws -> (Int32, Int32) {
    let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = Self.local(port: port)
    let result = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    let server = accept(descriptor, nil, nil)
    guard result == 0, server >= 0 else { throw Failure() }
    return (client, server)
  }

  func close() { Foundation.close(descriptor) }

  private static func local(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return address
  }
}

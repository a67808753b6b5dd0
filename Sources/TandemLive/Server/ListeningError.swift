import Foundation

/// Why there can be no page at an address.
package struct ListeningError: Error, Hashable, Sendable, CustomStringConvertible {
  let host: String
  let port: Int
  let code: Int32
  /// What the tool calls the choice of a port: `--live`.
  let option: String

  package var description: String {
    switch code {
    case EADDRINUSE:
      "the port \(port) of \(host) is in use, by another page perhaps; give another one, "
        + "\(option) \(port < 65535 ? port + 1 : port - 1) for example, or \(option) 0 for any that is free"
    case EACCES, EPERM:
      "the port \(port) of \(host) is not for everybody; give one above 1023, \(option) 8890 for example"
    case EADDRNOTAVAIL:
      "\(host) is no address of this machine; give one of its own, or leave it out for 127.0.0.1"
    default:
      "there can be no page at \(host):\(port): \(String(cString: strerror(code)))"
    }
  }
}

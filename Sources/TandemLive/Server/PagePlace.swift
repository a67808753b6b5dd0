/// Where a page is to be.
package struct PagePlace: Hashable, Sendable {
  /// An address of this machine in numbers, or `localhost`.
  package let host: String
  /// 0 for any that is free.
  package let port: Int
  /// What the tool calls the choice of the port.
  package let option: String

  /// Whether only programs of this machine reach it.
  package var isLocal: Bool { ["127.0.0.1", "localhost", "::1"].contains(host) }

  package init(host: String = "127.0.0.1", port: Int, option: String) {
    self.host = host
    self.port = port
    self.option = option
  }
}

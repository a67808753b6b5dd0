/// What a page bears of its visitors.
package struct PageLimits: Hashable, Sendable {
  /// At a time. When they are all taken, the oldest one that has not shown the token yet makes
  /// room.
  package var connections = 32
  package var headBytes = 16 << 10
  package var bodyBytes = 16 << 10
  /// For a request to come, from its first byte to its last, and for its answer to be taken.
  package var requestSeconds = 10.0
  /// Between two requests of a connection.
  package var idleSeconds = 30.0

  package init() {}
}

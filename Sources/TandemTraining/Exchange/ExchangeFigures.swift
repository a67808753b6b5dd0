import TandemCollectives

/// What exchanging gradients costs, as one rank sees it.
package struct ExchangeFigures: Hashable, Codable, Sendable {
  /// Bytes sent to other ranks.
  package var bytesSent = 0
  /// While any bucket was under way.
  package var secondsExchanging = 0.0
  /// The part of it that was not hidden behind computing: from the end of the last worker's
  /// backward pass to the end of the exchange. With one rank, and where ranks share memory, workers
  /// exchange after their backward pass only, so that it is all of it, as worker 0 sees it.
  package var secondsExposed = 0.0

  static func += (left: inout ExchangeFigures, right: ExchangeFigures) {
    left.bytesSent += right.bytesSent
    left.secondsExchanging += right.secondsExchanging
    left.secondsExposed += right.secondsExposed
  }
}

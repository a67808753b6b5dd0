import Dispatch

/// Measures what one exchange costs; see `ExchangeFigures`.
struct ExchangeWatch {
  private var underWay = 0
  private var begin = DispatchTime(uptimeNanoseconds: 0)
  private var workersFinished: DispatchTime?
  private var secondsExchanging = 0.0

  /// A bucket has begun.
  mutating func bucketBegins() {
    if underWay == 0 { begin = .now() }
    underWay += 1
  }

  /// A bucket is done.
  mutating func bucketEnds() {
    underWay -= 1
    if underWay == 0 { secondsExchanging += begin.secondsToNow }
  }

  /// Whether it is known when the last worker finished.
  var knowsWorkersFinished: Bool { workersFinished != nil }

  /// The last worker has finished its backward pass.
  mutating func workersFinish() { workersFinished = .now() }

  /// The figures of an exchange that is over.
  func figures(bytesSent: Int) -> ExchangeFigures {
    ExchangeFigures(
      bytesSent: bytesSent, secondsExchanging: secondsExchanging,
      secondsExposed: workersFinished?.secondsToNow ?? 0)
  }
}

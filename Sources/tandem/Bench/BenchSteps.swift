import Tandem
import TandemNetwork

/// What came out of a run.
struct BenchSteps {
  /// Of the steps that count, in their order.
  let seconds: [Double]
  /// Of the same; none where nothing is exchanged.
  let exchanges: [ExchangeFigures]
  /// Of this rank.
  let timelines: RankTimelines
}

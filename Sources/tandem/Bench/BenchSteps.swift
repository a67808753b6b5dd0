import Tandem
import TandemNetwork

/// What came out of a run.
struct BenchSteps {
  /// Seconds of the steps that count, in their order.
  let seconds: [Double]
  /// The exchanges of the same steps; none where nothing is exchanged.
  let exchanges: [ExchangeFigures]
  /// The timelines of this rank.
  let timelines: RankTimelines
}

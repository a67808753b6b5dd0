import TandemExecution
import TandemTraining

/// What the time of a step consists of: seconds of one worker, the mean over the workers; the median
/// over the steps.
public struct StepSplit: Hashable, Codable, Sendable {
  /// Copying parameters into other formats and the loss are part of it.
  public let forward: Double
  public let backward: Double
  /// What is not hidden behind backward: adding up gradients, sending and receiving them, and waiting for
  /// others; without updates.
  public let exchange: Double
  /// Of the parameters.
  public let update: Double
  /// Waiting for the mini-batch.
  public let data: Double

  /// - Parameters:
  ///   - workers: of one rank.
  ///   - steps: what to look at; all zeros if there was none.
  public init(_ workers: [Timeline], steps: ClosedRange<Int>) {
    var sums: [Int: [Timeline.Activity: Double]] = [:]
    for span in workers.lazy.flatMap(\.spans) where steps.contains(span.step) {
      switch span.activity {
      case .data, .forward, .backward, .exchange, .update:
        sums[span.step, default: [:]][span.activity, default: 0] += Double(span.nanoseconds)
      case .instruction, .bucket: break
      }
    }
    func median(_ value: ([Timeline.Activity: Double]) -> Double) -> Double {
      sums.values.map(value).median * 1e-9 / Double(max(1, workers.count))
    }
    forward = median { $0[.forward] ?? 0 }
    backward = median { $0[.backward] ?? 0 }
    exchange = median { ($0[.exchange] ?? 0) - ($0[.update] ?? 0) }
    update = median { $0[.update] ?? 0 }
    data = median { $0[.data] ?? 0 }
  }
}

extension Sequence<Double> {
  /// The one in the middle, or the lower of the two there; 0 of none.
  var median: Double {
    let values = sorted()
    return values.isEmpty ? 0 : values[(values.count - 1) / 2]
  }
}

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
  /// Of the parameters, by the worker or, while the worker is in the exchange, by the communication thread.
  public let update: Double
  /// Waiting for the mini-batch.
  public let data: Double

  /// - Parameter steps: what to look at; all zeros if there was none.
  public init(_ timelines: RankTimelines, steps: ClosedRange<Int>) {
    var communication: [Int: [Timeline.Span]] = [:]
    for span in timelines.communication?.spans ?? [] where span.activity == .update {
      communication[span.step, default: []].append(span)
    }
    var sums: [Int: Sum] = [:]
    for worker in timelines.workers {
      var own: [Int: Sum] = [:]
      for span in worker.spans where steps.contains(span.step) {
        own[span.step, default: Sum()].add(span, communication[span.step] ?? [])
      }
      for (step, sum) in own { sums[step, default: Sum()].add(sum) }
    }
    let workers = Double(max(1, timelines.workers.count))
    func median(_ value: (Sum) -> Double) -> Double {
      sums.values.map(value).median * 1e-9 / workers
    }
    forward = median(\.forward)
    backward = median(\.backward)
    exchange = median { $0.exchange - $0.update }
    update = median(\.update)
    data = median(\.data)
  }

  /// Nanoseconds of a step.
  private struct Sum {
    var forward = 0.0
    var backward = 0.0
    /// Updates included.
    var exchange = 0.0
    var data = 0.0
    var ownUpdate = 0.0
    var communicationUpdate = 0.0

    /// Where both threads update at the same time it counts once.
    var update: Double { max(ownUpdate, communicationUpdate) }

    /// - Parameter updates: of the communication thread in the same step.
    mutating func add(_ span: Timeline.Span, _ updates: [Timeline.Span]) {
      let nanoseconds = Double(span.nanoseconds)
      switch span.activity {
      case .data: data += nanoseconds
      case .forward: forward += nanoseconds
      case .backward: backward += nanoseconds
      case .exchange:
        exchange += nanoseconds
        communicationUpdate += updates.reduce(0) { $0 + $1.part(inside: span) }
      case .update: ownUpdate += nanoseconds
      case .instruction, .bucket: break
      }
    }

    /// Adds another worker's.
    mutating func add(_ other: Sum) {
      forward += other.forward
      backward += other.backward
      exchange += other.exchange
      data += other.data
      ownUpdate += other.update
    }
  }
}

extension Timeline.Span {
  /// How much of it, in nanoseconds, lies between the ends of another.
  fileprivate func part(inside other: Timeline.Span) -> Double {
    let common = Double(min(end, other.end)) - Double(max(begin, other.begin))
    return end > begin ? max(0, common) / Double(end - begin) * Double(nanoseconds) : 0
  }
}

extension Sequence<Double> {
  /// The one in the middle, or the lower of the two there; 0 of none.
  var median: Double {
    let values = sorted()
    return values.isEmpty ? 0 : values[(values.count - 1) / 2]
  }
}

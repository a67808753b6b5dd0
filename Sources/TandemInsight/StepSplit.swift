import TandemExecution
import TandemTraining

/// What the time of a step consists of: seconds of one worker, the mean over the workers; the
/// median over the steps.
package struct StepSplit: Hashable, Codable, Sendable {
  /// Copying parameters into other formats and the loss are part of it.
  package let forward: Double
  /// With the gradients of weights that are computed from their factors afterwards.
  package let backward: Double
  /// What is not hidden behind backward: adding up gradients, sending and receiving them, and
  /// waiting for others; without what the next two say of it.
  package let exchange: Double
  /// Seconds of updates of parameters, by the worker or, while the worker is in the exchange, by
  /// the communication thread; the same holds for gradients of weights.
  package let update: Double
  /// Waiting for the mini-batch.
  package let data: Double

  /// - Parameter steps: what to look at; all zeros if there was none.
  package init(_ timelines: RankTimelines, steps: ClosedRange<Int>) {
    var communication: [Int: [Timeline.Span]] = [:]
    for span in timelines.communication?.spans ?? [] {
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
    backward = median { $0.backward + $0.gradients.nanoseconds }
    exchange = median { $0.exchange - $0.gradients.nanoseconds - $0.updates.nanoseconds }
    update = median(\.updates.nanoseconds)
    data = median(\.data)
  }

  /// Nanoseconds of a step.
  private struct Sum {
    var forward = 0.0
    var backward = 0.0
    /// What follows included.
    var exchange = 0.0
    var data = 0.0
    /// Gradients of weights, computed from their factors.
    var gradients = Shared()
    var updates = Shared()

    /// - Parameter communication: spans of the communication thread in the same step.
    mutating func add(_ span: Timeline.Span, _ communication: [Timeline.Span]) {
      let nanoseconds = Double(span.nanoseconds)
      switch span.activity {
      case .data: data += nanoseconds
      case .forward: forward += nanoseconds
      case .backward: backward += nanoseconds
      case .exchange:
        exchange += nanoseconds
        for other in communication {
          switch other.activity {
          case .update: updates.communication += other.part(inside: span)
          case .weightGradient: gradients.communication += other.part(inside: span)
          case .data, .forward, .backward, .exchange, .instruction, .bucket: break
          }
        }
      case .update: updates.own += nanoseconds
      case .weightGradient: gradients.own += nanoseconds
      case .instruction, .bucket: break
      }
    }

    /// Adds another worker's.
    mutating func add(_ other: Sum) {
      forward += other.forward
      backward += other.backward
      exchange += other.exchange
      data += other.data
      gradients.own += other.gradients.nanoseconds
      updates.own += other.updates.nanoseconds
    }
  }

  /// What the worker or, while it is in the exchange, the communication thread does.
  private struct Shared {
    var own = 0.0
    var communication = 0.0

    /// What both do at the same time counts once.
    var nanoseconds: Double { max(own, communication) }
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

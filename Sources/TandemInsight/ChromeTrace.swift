import Foundation
import TandemExecution
import TandemTraining

/// The timelines of a job in Chrome's trace event format, which https://ui.perfetto.dev and
/// chrome://tracing show: a process for each rank, a row for each worker and one for the
/// communication thread.
///
/// On a worker's row are its steps, in them the phases, and in these operators and updates. Buckets
/// of gradients, of which several are on their way at once, have rows of their own.
///
/// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
package enum ChromeTrace {
  /// What comes before and after the events of all ranks, and between two ranks.
  package static let header = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
  package static let separator = ",\n"
  package static let footer = "\n]}\n"

  /// One rank's part of a trace: events as JSON with commas between them.
  ///
  /// - Parameters:
  ///   - steps: which of them to show.
  ///   - clock: what to add to this rank's times to get those that the trace shows, in nanoseconds.
  package static func events(
    _ timelines: RankTimelines, rank: Int, host: String, steps: ClosedRange<Int>, clock: Int64 = 0
  ) throws -> Data {
    var builder = Builder(
      rank: rank, steps: steps, clock: clock, plan: timelines.plans.joined().first?.value)
    builder.name("process_name", "rank \(rank) (\(host))")
    for (index, timeline) in timelines.workers.enumerated() {
      builder.name("thread_name", "worker \(index)", thread: index)
      builder.addWorker(
        timeline, thread: index,
        reports: timelines.plans(ofWorker: index).mapValues(\.report))
    }
    if let communication = timelines.communication {
      let thread = timelines.workers.count
      builder.name("thread_name", "communication", thread: thread)
      builder.addCommunication(communication, thread: thread)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    var json = Data()
    for event in builder.events {
      if !json.isEmpty { json.append(contentsOf: separator.utf8) }
      json.append(try encoder.encode(event))
    }
    return json
  }

  /// One object of the format; its names are the format's.
  private struct Event: Encodable {
    var name: String
    /// X is something with a duration, b and e are the ends of something on a row of its own, M is
    /// a name.
    var ph: String
    var pid: Int
    var tid: Int
    var cat: String?
    /// Microseconds.
    var ts: Double?
    var dur: Double?
    var id: String?
    var args: Arguments?
  }

  private struct Arguments: Encodable {
    var name: String?
    var step: Int?
    var implementation: String?
    var gigaflopsPerSecond: Double?
    var bytes: Int?
    /// The time of an update without the sums between its pieces.
    var busyMicroseconds: Double?
  }

  private struct Builder {
    let rank: Int
    let steps: ClosedRange<Int>
    let clock: Int64
    /// Any of them: all have the same factored weights.
    let plan: Plan?
    /// The instructions of the worker whose spans are added, by number of images.
    private var reports: [Int: [Plan.InstructionReport]] = [:]
    private(set) var events: [Event] = []

    init(rank: Int, steps: ClosedRange<Int>, clock: Int64, plan: Plan?) {
      self.rank = rank
      self.steps = steps
      self.clock = clock
      self.plan = plan
    }

    mutating func name(_ what: String, _ name: String, thread: Int = 0) {
      events.append(
        Event(name: what, ph: "M", pid: rank, tid: thread, args: Arguments(name: name)))
    }

    /// - Parameter reports: of the plans that it ran, by the number of images.
    mutating func addWorker(
      _ timeline: Timeline, thread: Int, reports: [Int: [Plan.InstructionReport]]
    ) {
      self.reports = reports
      let spans = timeline.spans.filter { steps.contains($0.step) }
      addWhole("step", of: spans, thread: thread)
      for span in spans { add(span, thread: thread) }
    }

    mutating func addCommunication(_ timeline: Timeline, thread: Int) {
      let spans = timeline.spans.filter { steps.contains($0.step) }
      addWhole("exchange of step", of: spans, thread: thread)
      for span in spans { add(span, thread: thread) }
    }

    /// What lasts from the first to the last span of each step.
    private mutating func addWhole(_ name: String, of spans: [Timeline.Span], thread: Int) {
      var wholes: [Int: (begin: UInt64, end: UInt64)] = [:]
      for span in spans {
        let known = wholes[span.step] ?? (span.begin, span.end)
        wholes[span.step] = (min(known.begin, span.begin), max(known.end, span.end))
      }
      for (step, whole) in wholes.sorted(by: { $0.key < $1.key }) {
        addComplete(
          "\(name) \(step)", "step", whole.begin, whole.end, thread, Arguments(step: step))
      }
    }

    private mutating func add(_ span: Timeline.Span, thread: Int) {
      var arguments = Arguments(step: span.step)
      switch span.activity {
      case .data: addComplete("data", "phase", span.begin, span.end, thread, arguments)
      case .forward: addComplete("forward", "phase", span.begin, span.end, thread, arguments)
      case .backward: addComplete("backward", "phase", span.begin, span.end, thread, arguments)
      case .exchange: addComplete("exchange", "phase", span.begin, span.end, thread, arguments)
      case .update:
        arguments.busyMicroseconds = Double(span.nanoseconds) / 1e3
        addComplete("update", "update", span.begin, span.end, thread, arguments)
      case .weightGradient(let index, let elements, let images):
        guard let plan, index < plan.factored.count else { return }
        let name = plan.graph.nodes[plan.factored[index].entry.nodeIndex].name
        arguments.gigaflopsPerSecond =
          2 * Double(elements * images) / Double(max(1, span.nanoseconds))
        addComplete(
          "\(name) backward parameters", "operator", span.begin, span.end, thread, arguments)
      case .instruction(let number, let images):
        guard let report = reports[images]?[number] else { return }
        arguments.implementation = report.implementation
        arguments.bytes = report.bytesRead + report.bytesWritten
        if report.multiplyAdds > 0, span.nanoseconds > 0 {
          arguments.gigaflopsPerSecond =
            2 * Double(report.multiplyAdds) / Double(span.nanoseconds)
        }
        addComplete(report.label, "operator", span.begin, span.end, thread, arguments)
      case .bucket(let bucket, let stage):
        for (end, time) in [("b", span.begin), ("e", span.end)] {
          events.append(
            Event(
              name: stage, ph: end, pid: rank, tid: thread, cat: "bucket \(bucket)",
              ts: microseconds(time), id: "rank \(rank) bucket \(bucket)", args: arguments))
        }
      }
    }

    private mutating func addComplete(
      _ name: String, _ category: String, _ begin: UInt64, _ end: UInt64, _ thread: Int,
      _ arguments: Arguments
    ) {
      events.append(
        Event(
          name: name, ph: "X", pid: rank, tid: thread, cat: category, ts: microseconds(begin),
          dur: Double(end - begin) / 1e3, args: arguments))
    }

    private func microseconds(_ time: UInt64) -> Double {
      Double(Int64(time) + clock) / 1e3
    }
  }
}

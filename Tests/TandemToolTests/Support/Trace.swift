import Foundation
import Testing

/// A file of `bench --trace`.
struct Trace: Decodable {
  struct Event: Decodable {
    struct Arguments: Decodable {
      let name: String?
      let step: Int?
      let gigaflopsPerSecond: Double?
    }

    let name: String
    let ph: String
    let pid: Int
    let tid: Int
    let cat: String?
    let ts: Double?
    let dur: Double?
    let id: String?
    let args: Arguments?
  }

  let traceEvents: [Event]

  init(ofFile path: String) throws {
    self = try JSONDecoder().decode(Trace.self, from: Data(contentsOf: URL(filePath: path)))
  }

  /// What has a beginning and a duration.
  var complete: [Event] { traceEvents.filter { $0.ph == "X" } }

  /// Of processes or threads.
  func names(_ what: String, ofProcess process: Int? = nil) -> [String] {
    traceEvents.filter { $0.name == what && $0.pid == process ?? $0.pid }.compactMap(\.args?.name)
  }

  /// Of two events on a row the later one begins after the earlier one's end or ends before it.
  func expectNesting(sourceLocation: SourceLocation = #_sourceLocation) {
    for row in Dictionary(grouping: complete, by: { [$0.pid, $0.tid] }).values {
      var open: [(end: Double, name: String)] = []
      let spans = row.map {
        (begin: $0.ts ?? .nan, end: ($0.ts ?? .nan) + ($0.dur ?? .nan), $0.name)
      }
      for span in spans.sorted(by: { ($0.begin, $1.end) < ($1.begin, $0.end) }) {
        // Times are microseconds with three decimals.
        while let last = open.last, last.end <= span.begin + 0.002 { open.removeLast() }
        if let last = open.last {
          #expect(
            span.end <= last.end + 0.002, "\(span) in \(last)", sourceLocation: sourceLocation)
        }
        open.append((span.end, span.2))
      }
    }
  }
}

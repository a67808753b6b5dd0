import Foundation
import TandemExecution
import TandemInsight
import TandemTraining
import TandemZoo
import Testing

@Suite struct ChromeTraceTests {
  private func events(
    _ timelines: RankTimelines, clock: Int64 = 0
  ) throws -> [[String: Any]] {
    let events = try ChromeTrace.events(
      timelines, rank: 3, host: "a \"host\"", steps: 2...2, clock: clock)
    let text = ChromeTrace.header + String(decoding: events, as: UTF8.self) + ChromeTrace.footer
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return try #require(object?["traceEvents"] as? [[String: Any]])
  }

  @Test func timesAreMicrosecondsOfTheStepsAskedFor() throws {
    let plan = try Plan(
      try Zoo.network(named: "simple-convnet").graph(), images: 2, mode: .training)
    let number = try #require(plan.report.firstIndex { $0.label == "conv1 forward" })
    let worker = Timeline(
      .operators,
      spans: [
        .init(.forward, step: 1, begin: 0, end: 900),
        .init(.data, step: 2, begin: 1000, end: 1500),
        .init(.instruction(number, images: 2), step: 2, begin: 2000, end: 4000),
        .init(.forward, step: 2, begin: 1500, end: 5250),
      ])
    let communication = Timeline(
      .operators, spans: [.init(.bucket(4, stage: "sending"), step: 2, begin: 5000, end: 6000)])
    let events = try events(
      RankTimelines(workers: [worker], communication: communication, plans: [2: plan]),
      clock: 10_000)
    #expect(events.allSatisfy { $0["pid"] as? Int == 3 })

    func complete(_ name: String) throws -> (Double?, Double?) {
      let found = events.filter { $0["name"] as? String == name && $0["ph"] as? String == "X" }
      #expect(found.count == 1, "\(name)")
      return (found.first?["ts"] as? Double, found.first?["dur"] as? Double)
    }
    #expect(try complete("step 2") == (11, 4.25))
    #expect(try complete("data") == (11, 0.5))
    #expect(try complete("forward") == (11.5, 3.75))
    #expect(try complete("conv1 forward") == (12, 2))
    #expect(try complete("exchange of step 2") == (15, 1))

    let convolution = try #require(events.first { $0["name"] as? String == "conv1 forward" })
    let arguments = try #require(convolution["args"] as? [String: Any])
    // Twice 432,000 multiply-adds for two images in 2 µs.
    #expect(arguments["gigaflopsPerSecond"] as? Double == 864)
    #expect(arguments["step"] as? Int == 2)

    let stages = events.filter { $0["cat"] as? String == "bucket 4" }
    #expect(stages.map { $0["ph"] as? String } == ["b", "e"])
    #expect(stages.map { $0["ts"] as? Double } == [15, 16])
    #expect(Set(stages.map { $0["id"] as? String }).count == 1)
    #expect(stages.allSatisfy { $0["tid"] as? Int == 1 })

    let names = events.filter { $0["ph"] as? String == "M" }
      .compactMap { ($0["args"] as? [String: Any])?["name"] as? String }
    #expect(names == ["rank 3 (a \"host\")", "worker 0", "communication"])
  }

  @Test func aRankWithoutSpansIsNamed() throws {
    let events = try events(RankTimelines(workers: [Timeline(.operators)], plans: [:]))
    #expect(events.count == 2)
  }
}

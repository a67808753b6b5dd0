import TandemExecution
import Testing

@Suite struct TimelineTests {
  @Test func phasesFollowEachOtherWithoutGaps() {
    let timeline = Timeline(.phases)
    timeline.step = 3
    timeline.enter(.data)
    timeline.enter(.forward)
    // The same phase goes on.
    timeline.enter(.forward)
    timeline.enter(.backward)
    timeline.leave()
    timeline.leave()
    let spans = timeline.spans
    #expect(spans.map(\.activity) == [.data, .forward, .backward])
    #expect(spans[0].end == spans[1].begin && spans[1].end == spans[2].begin)
    #expect(spans.allSatisfy { $0.step == 3 && $0.nanoseconds == $0.end - $0.begin })
  }

  @Test func updatesThatFollowEachOtherAreOneSpan() {
    let timeline = Timeline(.phases)
    let begin = Timeline.now
    timeline.addUpdate(from: begin)
    let first = timeline.spans[0]
    timeline.addUpdate(from: first.end)
    #expect(timeline.spans.count == 1)
    #expect(timeline.spans[0].begin == begin && timeline.spans[0].end >= first.end)
    // Of another step, or long after.
    timeline.step = 1
    timeline.addUpdate(from: timeline.spans[0].end)
    #expect(timeline.spans.count == 2)
    let later = timeline.spans[1].end + 200_000
    while Timeline.now < later {}
    timeline.addUpdate(from: later)
    #expect(timeline.spans.count == 3)
  }
}

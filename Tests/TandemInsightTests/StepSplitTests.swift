import TandemExecution
import TandemInsight
import TandemTraining
import Testing

@Suite struct StepSplitTests {
  /// A step that begins at `start` and whose phases take as many nanoseconds.
  private func spans(
    step: Int, at start: UInt64, data: UInt64, forward: UInt64, backward: UInt64,
    exchange: UInt64, update: UInt64
  ) -> [Timeline.Span] {
    let computing = start + data
    let exchanging = computing + forward + backward
    return [
      .init(.data, step: step, begin: start, end: computing),
      .init(.instruction(0, images: 4), step: step, begin: computing, end: computing + forward),
      .init(.forward, step: step, begin: computing, end: computing + forward),
      .init(.backward, step: step, begin: computing + forward, end: exchanging),
      // Half of the time between its ends.
      .init(
        .update, step: step, begin: exchanging, end: exchanging + 2 * update, nanoseconds: update),
      .init(.exchange, step: step, begin: exchanging, end: exchanging + exchange),
    ]
  }

  private func timeline(_ spans: [[Timeline.Span]]) -> Timeline {
    Timeline(.operators, spans: spans.flatMap(\.self))
  }

  @Test func isTheMeanOverWorkersAndTheMedianOverSteps() {
    let first = timeline([
      // Outside of the steps that count.
      spans(
        step: 1, at: 0, data: 9000, forward: 9000, backward: 9000, exchange: 9000, update: 9000),
      spans(step: 2, at: 100, data: 10, forward: 100, backward: 200, exchange: 60, update: 20),
      spans(step: 3, at: 900, data: 30, forward: 140, backward: 240, exchange: 90, update: 30),
      spans(step: 4, at: 1900, data: 500, forward: 900, backward: 900, exchange: 900, update: 400),
    ])
    let second = timeline([
      spans(step: 2, at: 100, data: 20, forward: 120, backward: 220, exchange: 20, update: 10),
      spans(step: 3, at: 900, data: 50, forward: 160, backward: 260, exchange: 50, update: 10),
      spans(step: 4, at: 1900, data: 600, forward: 900, backward: 900, exchange: 900, update: 400),
    ])
    let split = StepSplit(RankTimelines(workers: [first, second], plans: [:]), steps: 2...4)
    // Step 3 is the one in the middle of all.
    #expect(abs(split.data - 40e-9) < 1e-15)
    #expect(abs(split.forward - 150e-9) < 1e-15)
    #expect(abs(split.backward - 250e-9) < 1e-15)
    #expect(abs(split.update - 20e-9) < 1e-15)
    #expect(abs(split.exchange - 50e-9) < 1e-15)
  }

  @Test func severalSpansOfAStepAddUp() {
    let timeline = Timeline(
      .phases,
      spans: [
        .init(.forward, step: 1, begin: 0, end: 10), .init(.backward, step: 1, begin: 10, end: 30),
        .init(.forward, step: 1, begin: 30, end: 45), .init(.backward, step: 1, begin: 45, end: 70),
      ])
    let split = StepSplit(RankTimelines(workers: [timeline], plans: [:]), steps: 1...1)
    #expect(abs(split.forward - 25e-9) < 1e-15)
    #expect(abs(split.backward - 45e-9) < 1e-15)
  }

  /// As far as the worker is in the exchange then, and does not update itself.
  @Test func updatesOfTheCommunicationThreadCount() {
    let worker = Timeline(
      .phases,
      spans: [
        .init(.backward, step: 1, begin: 0, end: 100),
        .init(.update, step: 1, begin: 110, end: 130),
        .init(.exchange, step: 1, begin: 100, end: 200),
      ])
    func split(_ updates: [Timeline.Span]) -> StepSplit {
      StepSplit(
        RankTimelines(
          workers: [worker], communication: Timeline(.phases, spans: updates), plans: [:]),
        steps: 1...1)
    }
    // Half of the first lies before the exchange; half of the second is busy.
    let both = split([
      .init(.update, step: 1, begin: 80, end: 120),
      .init(.update, step: 1, begin: 140, end: 180, nanoseconds: 20),
    ])
    #expect(abs(both.update - 40e-9) < 1e-15)
    #expect(abs(both.exchange - 60e-9) < 1e-15)
    let none = split([.init(.update, step: 2, begin: 100, end: 200)])
    #expect(abs(none.update - 20e-9) < 1e-15)
    #expect(abs(none.exchange - 80e-9) < 1e-15)
  }

  @Test func noStepsGiveZeros() {
    let split = StepSplit(
      RankTimelines(workers: [Timeline(.phases)], plans: [:]), steps: 1...3)
    #expect(split.forward == 0 && split.exchange == 0 && split.update == 0)
  }
}

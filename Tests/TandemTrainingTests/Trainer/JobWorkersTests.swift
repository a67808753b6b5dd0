import TandemTraining
import TestSupport
import Testing

@Suite("The workers of a job")
struct JobWorkersTests {
  private func counts(_ wishes: [(asked: Int?, sensible: Int)], shards: Int?) throws -> [Int] {
    try JobWorkers(
      wishes.map { JobWorkers.Wish(asked: $0.asked, sensible: $0.sensible) }, shards: shards
    ).counts
  }

  private func refusal(_ asked: [Int?], shards: Int) -> String? {
    message {
      _ = try JobWorkers(
        asked.map { JobWorkers.Wish(asked: $0, sensible: 4) }, shards: shards)
    }
  }

  @Test("each rank has as many as its user asked for, or as its cores allow")
  func wishes() throws {
    #expect(try counts([(nil, 4)], shards: nil) == [4])
    #expect(try counts([(3, 4), (nil, 2), (8, 2)], shards: nil) == [3, 2, 8])
    #expect(try counts([(3, 4), (nil, 2)], shards: 5) == [3, 2])
  }

  @Test("without enough shards, the ranks that did not ask have fewer, the largest first")
  func fewShards() throws {
    #expect(try counts([(nil, 8)], shards: 3) == [3])
    #expect(try counts([(nil, 4), (nil, 4)], shards: 5) == [3, 2])
    #expect(try counts([(nil, 6), (2, 6), (nil, 3)], shards: 7) == [3, 2, 2])
    #expect(try counts([(2, 4), (nil, 4)], shards: 3) == [2, 1])
    #expect(try counts([(nil, 4), (nil, 4), (nil, 4)], shards: 3) == [1, 1, 1])
  }

  @Test("fewer shards than workers are refused")
  func refused() {
    #expect(
      refusal([3], shards: 2)
        == "3 workers have only 2 logical shards to work on; use `workers` 2 or less, or "
        + "`shards` 3 or more")
    #expect(
      refusal([2, 2], shards: 3)
        == "2 ranks × 2 workers have only 3 logical shards to work on; use `shards` 4 or more, or "
        + "fewer workers (`workers`)")
    #expect(
      refusal([nil, nil, nil], shards: 2)
        == "3 ranks × 1 worker have only 2 logical shards to work on; use `shards` 3 or more, or "
        + "fewer ranks")
  }

  @Test(
    "in words",
    arguments: [
      ([1], "1 worker"), ([4], "4 workers"), ([1, 1], "2 ranks × 1 worker"),
      ([2, 2, 2], "3 ranks × 2 workers"), ([2, 2, 1], "3 ranks with 2, 2 and 1 workers"),
      ([1, 1, 1, 1, 1, 1, 1, 1, 2], "9 ranks with 10 workers"),
    ])
  func text(counts: [Int], expected: String) {
    #expect(JobWorkers(counts: counts).text == expected)
  }
}

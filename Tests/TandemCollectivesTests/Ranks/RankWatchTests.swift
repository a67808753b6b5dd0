import TandemCollectives
import Testing

/// What rank 0 of three would see, 130 s after the start unless said otherwise.
private func table(
  waited: [Double], heard: [Double]? = nil, changed: [Double]? = nil,
  phase: ActivityBoard.Phase = .backward
) -> RankTable {
  var table = RankTable(ranks: waited.count, now: 0)
  let board = ActivityBoard()
  board.set(phase, step: 57, node: 1)
  for rank in waited.indices {
    let sign = RankSign(activity: board.packed, waitedSeconds: waited[rank])
    // Another activity since `changed`, and still the same at `heard`.
    table.hear(sign, from: rank, now: changed?[rank] ?? 5)
    table.hear(sign, from: rank, now: heard?[rank] ?? 130)
  }
  return table
}

@Suite("watching over ranks")
struct RankWatchTests {
  private func finding(
    _ table: RankTable, rank: Int = 0, gone: [Int] = [], isEnding: Bool = false
  ) -> RankWatch.Finding? {
    RankWatch(rank: rank, stallTimeoutSeconds: 120)
      .finding(table, now: 130, gone: gone, isEnding: isEnding)
  }

  @Test("ranks that work, or wait for a short time, are left alone")
  func allIsWell() {
    #expect(finding(table(waited: [0, 0, 0])) == nil)
    #expect(finding(table(waited: [119, 0, 119])) == nil)
  }

  @Test("a rank without progress is found by those that wait for it")
  func stalled() {
    #expect(
      finding(table(waited: [121, 0, 120.5]))
        == .stalled(waiting: [0, 2], missing: [1], seconds: 121))
  }

  @Test("a rank that goes on, however slowly, is waited for")
  func slow() {
    #expect(finding(table(waited: [121, 0, 121], changed: [5, 40, 5])) == nil)
    #expect(finding(table(waited: [121, 0, 121], phase: .starting)) == nil)
  }

  @Test("a silent rank is missing, whatever it said last")
  func silent() {
    #expect(
      finding(table(waited: [121, 0.2, 121], heard: [130, 20, 130], changed: [5, 20, 5]))
        == .stalled(waiting: [0, 2], missing: [1], seconds: 121))
    #expect(
      finding(table(waited: [121, 0, 121], heard: [130, 20, 130], phase: .starting))
        == .stalled(waiting: [0, 2], missing: [1], seconds: 121))
  }

  @Test("the first watcher finds itself when it is the one that is stuck")
  func ownStall() {
    #expect(
      finding(table(waited: [0, 121, 121]))
        == .stalled(waiting: [1, 2], missing: [0], seconds: 121))
  }

  @Test("the second watcher waits for the word of the first")
  func secondWatcher() {
    let early = table(waited: [0, 121, 121], heard: [20, 130, 130])
    #expect(finding(early, rank: 1) == nil)
    let late = table(waited: [0, 122.5, 122], heard: [20, 130, 130])
    #expect(
      finding(late, rank: 1) == .stalled(waiting: [1, 2], missing: [0], seconds: 122.5))
  }

  @Test("others speak when both watchers are silent")
  func noWatchers() {
    #expect(finding(table(waited: [0, 0, 125]), rank: 2) == nil)
    #expect(
      finding(table(waited: [0, 0, 126.5]), rank: 2)
        == .stalled(waiting: [2], missing: [0, 1], seconds: 126.5))
  }

  @Test("ranks that all wait for each other are found too")
  func deadlock() {
    #expect(
      finding(table(waited: [121, 121, 121]))
        == .stalled(waiting: [0, 1, 2], missing: [], seconds: 121))
  }

  @Test("a process that is gone is lost at once, a silent one when the job ends")
  func lost() {
    #expect(finding(table(waited: [0, 0, 0]), gone: [2]) == .lost([2]))
    let silent = table(waited: [0.3, 0.3, 0], heard: [130, 130, 129])
    #expect(finding(silent) == nil)
    #expect(finding(silent, isEnding: true) == .lost([2]))
    #expect(finding(silent, rank: 1, isEnding: true) == .lost([2]))
    #expect(finding(table(waited: [0.3, 0.3, 0]), isEnding: true) == nil)
  }

  /// mpirun ends the ranks of its own host half a second after the first death, or a second, and
  /// those of other hosts as much later: whoever is left hears nothing of them all.
  @Test("the rank that died first is told from those that were ended after it")
  func first() {
    let waited = [0.3, 0.3, 0.3, 0.3]
    #expect(
      finding(table(waited: waited, heard: [129.1, 130, 128, 129.1]), rank: 1, isEnding: true)
        == .lost([2]))
    // Open MPI 5's shorter times.
    #expect(
      finding(table(waited: waited, heard: [129.3, 130, 128.8, 130]), rank: 1, isEnding: true)
        == .lost([2]))
    // A host with two ranks.
    #expect(
      finding(table(waited: waited, heard: [130, 130, 128.9, 128.8]), isEnding: true)
        == .lost([2, 3]))
  }

  @Test("a time in which nobody listened is forgiven")
  func skip() {
    var table = table(waited: [0.3, 0.3, 0], heard: [130, 30, 30])
    table.skip(seconds: 100)
    #expect(finding(table, isEnding: true) == nil)
  }

  @Test("signs arrive as they were sent")
  func sign() {
    let sign = RankSign(activity: 0x0123_4567_89ab_cdef, waitedSeconds: 1.25)
    #expect(sign.bytes.count == RankSign.byteCount)
    #expect(RankSign(bytes: sign.bytes) == sign)
  }
}

@Suite("words about ranks")
struct RankWordsTests {
  private let words = RankWords(hosts: ["a", "b", "c"], layerNames: ["conv1", "conv2"])

  @Test("what ranks do")
  func activities() {
    func text(_ phase: ActivityBoard.Phase, step: Int, node: Int? = nil) -> String {
      let board = ActivityBoard()
      board.set(phase, step: step, node: node)
      return words.activity(board.entry)
    }
    #expect(text(.starting, step: 0) == "starting")
    #expect(text(.waitingForData, step: 3) == "waiting for data, step 3")
    #expect(text(.forward, step: 3, node: 0) == "forward of conv1, step 3")
    #expect(text(.backward, step: 57, node: 1) == "backward of conv2, step 57")
    #expect(text(.backward, step: 57, node: 9) == "backward, step 57")
    #expect(text(.exchanging, step: 57) == "exchanging gradients, step 57")
    #expect(text(.evaluating, step: 57) == "evaluating, after step 57")
    #expect(text(.writingCheckpoint, step: 57) == "writing a checkpoint, after step 57")
    #expect(text(.finished, step: 57) == "finishing")
  }

  @Test("where something failed")
  func place() {
    let board = ActivityBoard()
    #expect(words.place(rank: 1, board.entry) == "rank 1 (host b)")
    board.set(.backward, step: 57, node: 1)
    #expect(words.place(rank: 1, board.entry) == "rank 1 (host b), backward of conv2, step 57")
  }

  @Test("a stall names who waits, for whom, and what that one did last")
  func stall() {
    let text = words.finding(
      .stalled(waiting: [0, 2], missing: [1], seconds: 120.4),
      table(waited: [120.4, 0, 120]), now: 130)
    #expect(
      text.hasPrefix(
        "ranks 0, 2 (hosts a, c) have waited 120 s for rank 1 (host b), last heard of 125 s ago: "
          + "backward of conv2, step 57; "))
    #expect(text.contains("`stallTimeoutSeconds`"))
  }

  @Test("a lost rank is named with what it did last")
  func lost() {
    let text = words.finding(.lost([1]), table(waited: [0, 0, 0]), now: 130)
    #expect(
      text.hasPrefix("rank 1 (host b) has died; last heard of: backward of conv2, step 57; "))
    let two = words.finding(.lost([1, 2]), table(waited: [0, 0, 0]), now: 130)
    #expect(
      two.hasPrefix(
        "ranks 1, 2 (hosts b, c) have died or no longer answer; last heard of: rank 1 backward of conv2, "
          + "step 57; "
          + "rank 2 backward of conv2, step 57; "))
  }
}

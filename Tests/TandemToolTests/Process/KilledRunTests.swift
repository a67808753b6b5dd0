import Foundation
import TestSupport
import Testing

/// A run that is killed at any moment, and resumed with other workers and ranks each time, ends
/// with what an undisturbed run has. `scripts/test-kills.sh` kills it more often.
@Suite(.serialized) struct KilledRunTests {
  private let folder: TemporaryFolder

  private static let kills =
    ProcessInfo.processInfo.environment["TANDEM_KILLS"].flatMap { Int($0) } ?? 5

  init() throws {
    folder = try TemporaryFolder()
  }

  /// All that a run keeps, with a checkpoint every few milliseconds.
  private static let options =
    "--model lenet --data shapes:500,60 --val-split 0.2 --batch-size 20 --shards 4 --epochs 14 "
    + "--opt adam --lr-scheduler plateau --lr-patience 1 --lr-monitor val-loss --keep-best ema-val-loss "
    + "--early-stopping 4 --ema 0.9 --keep 2 --checkpoint-every-steps 4 --augment shapes"

  /// How a session is started: so many ranks, each with so many workers.
  private struct Layout {
    let ranks: Int
    let workers: Int
    /// Options that change no bit.
    var more = ""
  }

  private static let layouts =
    [Layout(ranks: 1, workers: 1), Layout(ranks: 1, workers: 3)]
    + (MPIRun.isInstalled
      ? [
        Layout(ranks: 2, workers: 1), Layout(ranks: 2, workers: 2, more: " --no-shared-memory"),
      ]
      : [Layout(ranks: 1, workers: 4)])

  /// Starts a session and kills it after a while; nil lets it come to its end.
  /// - Returns: whether it has come to its end.
  private func session(_ line: String, _ layout: Layout, killedAfter seconds: Double?) throws
    -> Bool
  {
    let line = "\(line) --workers \(layout.workers)\(layout.more)"
    if layout.ranks > 1 {
      let run = try RankedRun.start(layout.ranks, line)
      if let seconds {
        usleep(UInt32(seconds * 1e6))
        let ranks = run.rankProcesses.values.map { $0 }
        run.kill()
        #expect(MPIRun.haveEnded(ranks))
      }
      let ended = try run.wait()
      return isOver(exitCode: ended.exitCode, ended.errors, wasKilled: seconds != nil)
    }
    let run = try StartedTool(line)
    if let seconds {
      usleep(UInt32(seconds * 1e6))
      run.send(SIGKILL)
    }
    let ended = try run.end()
    return isOver(exitCode: ended.exitCode, ended.errors, wasKilled: seconds != nil)
  }

  /// Whether a run has come to its end, which is so where it was killed between its last checkpoint
  /// and its exit, too.
  private func isOver(exitCode: Int32?, _ errors: String, wasKilled: Bool) -> Bool {
    let isOver = exitCode == 0 || errors.contains("has already finished")
    if !wasKilled { #expect(isOver, "\(errors)") }
    return isOver
  }

  /// The epochs of a run without their times.
  private func epochs(_ run: String) throws -> [[String: Double]] {
    struct History: Decodable {
      let epochs: [[String: Value]]
      enum Value: Decodable {
        case number(Double)
        case other
        init(from decoder: any Decoder) throws {
          let number = try? decoder.singleValueContainer().decode(Double.self)
          self = number.map { .number($0) } ?? .other
        }
      }
    }
    let data = Data(try folder.text("\(run)/history.json").utf8)
    let times = ["imagesPerSecond", "seconds", "secondsWaitingForData"]
    return try JSONDecoder().decode(History.self, from: data).epochs.map { epoch in
      epoch.compactMapValues { if case .number(let number) = $0 { number } else { nil } }
        .filter { !times.contains($0.key) }
    }
  }

  private func weights(_ run: String, _ part: String) throws -> Data {
    try Data(contentsOf: URL(filePath: folder.path("\(run)/\(part)/model.safetensors")))
  }

  @Test func killsChangeNothing() throws {
    let start = "train \(Self.options) --output "
    let begin = Date()
    #expect(
      try session(
        start + folder.path("whole"), Layout(ranks: 1, workers: 2), killedAfter: nil))
    let duration = max(0.3, Date().timeIntervalSince(begin))
    let run = folder.path("killed")
    var hasEnded = false
    for number in 0..<Self.kills where !hasEnded {
      // Nothing is there to go on from before the first checkpoint.
      let hasBegun = FileManager.default.fileExists(atPath: run + "/checkpoint-last")
      hasEnded = try session(
        hasBegun ? "train --resume \(run)" : start + run + " --overwrite",
        Self.layouts[number % Self.layouts.count],
        killedAfter: .random(in: 0.1...(0.2 + 2 * duration / Double(Self.kills))))
    }
    if !hasEnded {
      let hasBegun = FileManager.default.fileExists(atPath: run + "/checkpoint-last")
      #expect(
        try session(
          hasBegun ? "train --resume \(run)" : start + run + " --overwrite", Self.layouts[0],
          killedAfter: nil))
    }
    let expected = try epochs("whole")
    #expect(expected.count > 2 && expected[0]["emaValidationLoss"] != nil)
    #expect(try epochs("killed") == expected)
    for part in ["checkpoint-last", "best", "ema", "checkpoint-last-2"] {
      #expect(try weights("killed", part) == weights("whole", part), "\(part)")
    }
    // Nothing of the killed ones is left.
    let names = try FileManager.default.contentsOfDirectory(atPath: run)
    let folders = names.filter { $0.hasPrefix("checkpoint-step-") }
    #expect(folders.count == 2, "\(names)")
    #expect(!names.contains { $0.hasPrefix(".checkpoint") }, "\(names)")
  }
}

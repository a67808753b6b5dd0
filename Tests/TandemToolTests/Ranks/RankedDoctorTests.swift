import Foundation
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: MPIRun.isInstalled, "needs mpirun"))
struct RankedDoctorTests {
  private struct Report: Decodable {
    struct Rank: Decodable {
      let rank: Int
      let host: String
      let cpus: [Int]
      let ownCores: Int
      let workers: Int
    }
    let ranks: [Rank]
  }

  /// Unbound ranks, so that it is the same on all machines, with one core too.
  @Test func printsWhereEachRankRuns() throws {
    let options = ["--bind-to", "none"]
    let job = try RankedRun.run(2, "doctor -b 1 --json", options: options)
    job.expectSuccess()
    let ranks = try JSONDecoder().decode(Report.self, from: Data(job.output.utf8)).ranks
    #expect(ranks.map(\.rank) == [0, 1])
    #expect(ranks[0].cpus == ranks[1].cpus && ranks[0].host == ranks[1].host)
    #expect(ranks.allSatisfy { $0.workers >= 1 && $0.workers <= max(1, $0.ownCores) })
    let text = try RankedRun.run(2, "doctor -b 1", options: options)
    text.expectSuccess()
    #expect(text.output.hasPrefix("Rank  Host"))
  }

  @Test func moreWorkersThanCoresAreWarnedOfOnce() throws {
    let job = try RankedRun.run(
      2, "bench --model mlp -b 64 --workers 32 --steps 2 --warm-up 1",
      options: ["--bind-to", "none"])
    job.expectSuccess()
    let cores = ProcessInfo.processInfo.activeProcessorCount
    guard cores < 64 else { return }
    let warnings = job.errorLines.filter { $0.contains("run 64 workers on") }
    #expect(warnings.count == 1, "\(job.errors)")
    #expect(warnings.first?.hasPrefix("tandem: warning: ranks 0-1 (host ") == true)
  }
}

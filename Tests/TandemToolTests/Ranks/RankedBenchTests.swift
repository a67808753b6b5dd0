import Foundation
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: MPIRun.isInstalled, "needs mpirun"))
struct RankedBenchTests {
  private struct Steps: Decodable {
    let ranks: Int
    let workers: Int
    let bytesSentPerStep: Int
    let secondsExchangingPerStep: Double
    let secondsExposedPerStep: Double
  }

  private func steps(_ more: String) throws -> Steps {
    let job = try RankedRun.run(
      2, "bench --model lenet -b 8 --workers 1 --steps 6 --warm-up 2 --json \(more)")
    job.expectSuccess()
    return try JSONDecoder().decode(Steps.self, from: Data(job.output.utf8))
  }

  @Test func saysWhatTheExchangeCosts() throws {
    let sharing = try steps("")
    #expect(sharing.ranks == 2 && sharing.workers == 2)
    #expect(sharing.bytesSentPerStep == 0)
    let sending = try steps("--no-shared-memory")
    // Half the gradients and half the parameters of LeNet-5's 61,706, each parameter in whole cache
    // lines; halves of buckets are rounded to cache lines too.
    #expect((246_824...250_000).contains(sending.bytesSentPerStep), "\(sending)")
    let rounding = try steps("--no-shared-memory --wire bf16")
    #expect(2 * rounding.bytesSentPerStep == sending.bytesSentPerStep)
    for steps in [sharing, sending, rounding] {
      #expect(steps.secondsExchangingPerStep > 0)
      #expect(steps.secondsExposedPerStep > 0)
    }
    let after = try steps("--no-shared-memory --no-overlap")
    #expect(after.secondsExposedPerStep >= after.secondsExchangingPerStep)
  }

  private struct Emulation: Decodable {
    let computing: String
    let arithmetic: BenchTests.Report.Arithmetic?
    let bytesSentPerStep: Int
    let secondsPerStep: Double
    let split: BenchTests.Report.Split
  }

  /// More ranks than most machines have cores; the exchange is that of ranks that compute.
  @Test func emulatesComputing() throws {
    let line =
      "bench --model lenet -b 8 --workers 1 --steps 4 --warm-up 1 --json --no-shared-memory"
    let real = try RankedRun.run(4, line).json(as: Emulation.self)
    let emulated = try RankedRun.run(4, line + " --emulate-compute").json(as: Emulation.self)
    #expect(real.computing == "real" && real.arithmetic != nil)
    #expect(emulated.computing == "emulated" && emulated.arithmetic == nil)
    #expect(emulated.bytesSentPerStep == real.bytesSentPerStep)
    #expect(emulated.split.forward > 0 && emulated.split.backward > 0)
    #expect(emulated.secondsPerStep > emulated.split.forward + emulated.split.backward)
  }

  @Test func traceHasTheRowsOfAllRanks() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("trace.json")
    let job = try RankedRun.run(
      2,
      "bench --model lenet -b 8 --workers 1 --steps 3 --warm-up 1 --trace \(path) "
        + "--no-shared-memory")
    job.expectSuccess()
    let trace = try Trace(ofFile: path)
    for rank in 0..<2 {
      #expect(trace.names("process_name", ofProcess: rank).count == 1)
      #expect(trace.names("thread_name", ofProcess: rank) == ["worker 0", "communication"])
      let row = trace.complete.filter { $0.pid == rank && $0.tid == 0 }
      #expect(row.filter { $0.cat == "step" }.map(\.name) == ["step 2", "step 3", "step 4"])
      #expect(row.filter { $0.name == "conv2 forward" }.count == 3)
      let buckets = trace.traceEvents.filter { $0.pid == rank && $0.cat == "bucket 0" }
      for stage in ["sending", "updating", "returning"] {
        #expect(buckets.filter { $0.name == stage && $0.ph == "b" }.count == 3, "\(stage)")
        #expect(buckets.filter { $0.name == stage && $0.ph == "e" }.count == 3, "\(stage)")
      }
    }
    trace.expectNesting()
  }

  @Test func forwardPassesOfTwoRanks() throws {
    let job = try RankedRun.run(
      2, "bench --model lenet -b 6 --workers 1 --steps 3 --warm-up 1 --forward-only --json")
    let report = try job.json(as: BenchTests.Report.self)
    #expect(report.ranks == 2 && report.workers == 2 && report.steps == 3)
    #expect(report.imagesPerSecond > 0 && report.split.forward > 0)
  }

  private struct Exchange: Decodable {
    let ranks: Int
    let hosts: Int
    let wire: String
    let bytes: Int
    let bytesSent: Int
    let rounds: Int
    let secondsExchange: Double
    let secondsAllReduce: Double
    let ratio: Double
  }

  @Test func timesTheExchangeAlone() throws {
    let line = "bench-exchange --megabytes 1 --rounds 3"
    let job = try RankedRun.run(2, line + " --json")
    job.expectSuccess()
    let report = try JSONDecoder().decode(Exchange.self, from: Data(job.output.utf8))
    #expect(report.ranks == 2 && report.hosts == 1 && report.rounds == 3)
    // Half of the gradients there and half of the sums back.
    #expect(report.bytes == 1_000_000 && report.bytesSent == 1_000_000)
    #expect(report.secondsExchange > 0 && report.secondsAllReduce > 0 && report.ratio > 0)
    let half = try RankedRun.run(2, line + " --wire bf16 --json")
    half.expectSuccess()
    let halfReport = try JSONDecoder().decode(Exchange.self, from: Data(half.output.utf8))
    #expect([report.wire, halfReport.wire] == ["fp32", "bf16"])
    #expect(halfReport.bytesSent == 500_000)
    let text = try RankedRun.run(2, line)
    text.expectSuccess()
    #expect(text.output.contains("MPI_Allreduce"))
    try RankedRun.run(1, line).expectFailure(naming: "mpirun -n 2 tandem bench-exchange")
  }
}

import ArgumentParser
import Foundation
import Tandem
import TandemCollectives
import TandemTensor

/// `tandem bench-exchange`: how fast gradients travel between ranks, without a network around them.
struct BenchExchangeCommand: RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-exchange",
    abstract: "Time the exchange of gradients between ranks, beside MPI_Allreduce.",
    discussion: """
      Exchanges made-up gradients by messages, as training does with large networks, and adds up the \
      same gradients with MPI_Allreduce, in turns. Both give all ranks the sum. MPI_Allreduce adds up \
      float32, whatever --wire is.

      Example:
        mpirun -n 2 tandem bench-exchange --megabytes 244
      """
  )

  @Option(
    help: ArgumentHelp(
      "Gradients of each rank, in 10^6 bytes; AlexNet's are 244. (default: 244)", valueName: "mb"),
    transform: atLeast(1))
  var megabytes = 244

  @Option(help: ArgumentHelp("Turns. (default: 9)", valueName: "n"), transform: atLeast(1))
  var rounds = 9

  @Option(
    help: ArgumentHelp(
      "Megabytes of gradients exchanged in one go, 2^20 bytes each. (default: 25)", valueName: "mb"),
    transform: atLeast(1))
  var bucketMb = 25

  @OptionGroup
  var wire: WireOptions

  @OptionGroup(title: "Ranks (under mpirun)")
  var ranks: RankOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run(_: Void, in job: Job) throws {
    guard job.size > 1 else {
      throw ValidationError(
        "one rank has nobody to exchange with; start several: mpirun -n 2 tandem bench-exchange")
    }
    var exchange: [Double] = []
    var allReduce: [Double] = []
    var bytesSent = 0
    try job.perform("timing exchanges") { communicator in
      var arenas: [MemoryArena] = []
      let trial = try ExchangeTrial(
        communicator, bytes: megabytes * 1_000_000, bucketBytes: bucketMb << 20,
        wire: wire.wire
      ) { bytes in
        let arena = try MemoryArena(byteCount: bytes, purpose: "made-up gradients")
        arenas.append(arena)
        return arena.base
      }
      bytesSent = trial.bytesSent
      // The first turn is for page faults and connections.
      for round in 0...rounds {
        trial.clearParameters()
        try trial.fill()
        let first = try seconds(communicator) { try trial.exchange() }
        try trial.fill()
        let second = try seconds(communicator) { try trial.allReduce() }
        guard trial.agree() else { throw BenchExchangeError.differentSums }
        guard round > 0 else { continue }
        exchange.append(first)
        allReduce.append(second)
      }
    }
    guard job.rank == 0 else { return }
    let report = Report(
      ranks: job.size, hosts: Set(job.hosts).count, wire: wire.wire, bytes: megabytes * 1_000_000,
      bytesSent: bytesSent, rounds: rounds, secondsExchange: median(exchange),
      secondsAllReduce: median(allReduce),
      ratio: median(zip(exchange, allReduce).map { $1 / $0 }))
    if json {
      try printJSON(report)
    } else {
      printReport(report.text())
    }
  }

  /// Seconds from the moment when all ranks begin until all are done.
  private func seconds(
    _ communicator: any Communicator, _ body: () throws -> Void
  ) throws -> Double {
    try communicator.barrier()
    let begin = ContinuousClock.now
    try body()
    try communicator.barrier()
    return (ContinuousClock.now - begin) / .seconds(1)
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  private struct Report: Encodable {
    let ranks: Int
    let hosts: Int
    let wire: WireFormat
    /// Bytes of each rank's gradients.
    let bytes: Int
    /// Bytes that one rank sends in one exchange.
    let bytesSent: Int
    let rounds: Int
    /// Medians over the rounds.
    let secondsExchange: Double
    let secondsAllReduce: Double
    /// How many times as fast as MPI_Allreduce the exchange is: the median of the rounds' ratios.
    let ratio: Double

    func text() -> String {
      TextTable(
        columns: [
          .right("Ranks"), .right("Hosts"), .left("Wire"), .right("MB"), .right("Sent, MB"),
          .right("Rounds"),
          .right("Exchange, ms"), .right("MPI_Allreduce, ms"), .right("Times as fast"),
        ],
        rows: [
          [
            "\(ranks)", "\(hosts)", wire.rawValue, "\(bytes / 1_000_000)",
            decimals(Double(bytesSent) / 1e6, 1),
            "\(rounds)", decimals(secondsExchange * 1e3, 2), decimals(secondsAllReduce * 1e3, 2),
            decimals(ratio, 2),
          ]
        ]
      ).text
    }
  }
}

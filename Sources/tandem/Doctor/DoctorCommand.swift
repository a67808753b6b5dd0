import ArgumentParser
import Tandem
import TandemCollectives
import TandemNetwork

/// `tandem doctor`: what Tandem found on this machine and what the machine can do.
struct DoctorCommand: RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract:
      "Print what was found on this machine: cores, instruction sets, oneDNN, speed limits.",
    discussion: """
      Under mpirun it prints first where each rank runs, and then what the first one found.

      Example:
        tandem doctor
        tandem doctor --model lenet --json
        mpirun -n 2 tandem doctor
      """
  )

  @Option(
    help: ArgumentHelp("The network whose kernels are listed.", valueName: "name"),
    completion: .models)
  var model = "simple-convnet"

  @Option(
    name: [.customShort("b"), .long],
    help: ArgumentHelp("Images per worker. (default: 50)", valueName: "n"),
    transform: atLeast(1, atMost: 65536))
  var batchSize = 50

  @OptionGroup(title: "Ranks (under mpirun)")
  var ranks: RankOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run(_: Void, in job: Job) throws {
    let map = try JobMap(job)
    let workers = (0..<job.size).map { map.usableCores(ofRank: $0) }
    guard job.rank == 0 else { return }
    if job.isLaunched { StandardErrorLog.warn(map.warnings(workers: workers)) }
    let topology = CPUTopology.current()
    let plan = try Plan(
      try Zoo.network(named: model).graph(), images: batchSize, mode: .training)
    let report = DoctorReport(
      map: job.isLaunched ? map : nil, topology: topology, machine: .current(), model: model,
      plan: plan, operations: try .take(),
      measurement: try .take(workers: workers[0], pinnedTo: map.pinnableCPUs(ofRank: 0)))
    if json {
      try printJSON(report)
    } else {
      printReport(report.text())
    }
  }
}

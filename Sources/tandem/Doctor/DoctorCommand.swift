import ArgumentParser
import Tandem
import TandemNetwork

/// `tandem doctor`: what Tandem found on this machine and what the machine can do.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract:
      "Print what was found on this machine: cores, instruction sets, oneDNN, speed limits.",
    discussion: """
      Example:
        tandem doctor
        tandem doctor --model lenet --json
      """
  )

  @Option(help: ArgumentHelp("The network whose kernels are listed.", valueName: "name"))
  var model = "simple-convnet"

  @Option(
    name: [.customShort("b"), .long],
    help: ArgumentHelp("Images per worker. (default: 50)", valueName: "n"),
    transform: atLeast(1, atMost: 65536))
  var batchSize = 50

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let topology = CPUTopology.current()
    let plan = try Plan(
      try Zoo.network(named: model).graph(), images: batchSize, mode: .training)
    let report = DoctorReport(
      topology: topology, machine: .current(), model: model, plan: plan,
      measurement: try .take(
        workers: topology.defaultWorkers, pinnedTo: topology.pinnableCPUs))
    if json {
      try printJSON(report)
    } else {
      print(report.text())
    }
  }
}

/// What `doctor` found; its JSON form and its text.
struct DoctorReport: Encodable {
  let logicalCpus: [Int]
  let physicalCores: Int
  /// Cpus' worth of time that the control group grants; nil without a limit.
  let controlGroupCpuLimit: Double?
  /// How many workers `--workers` is by default.
  let defaultWorkers: Int
  let oneDnnVersion: String
  let oneDnnInstructionSet: String
  let machine: MachineFacts
  let measurement: MachineMeasurement
  let kernels: Kernels

  struct Kernels: Encodable {
    let model: String
    let images: Int
    /// One replica's memory for activations, their gradients and scratch.
    let arenaBytes: Int
    let instructions: [Plan.InstructionReport]
  }

  init(
    topology: CPUTopology, machine: MachineFacts, model: String, plan: Plan,
    measurement: MachineMeasurement
  ) {
    logicalCpus = topology.allowedCPUs
    physicalCores = topology.cores.count
    controlGroupCpuLimit = topology.quota
    defaultWorkers = topology.defaultWorkers
    oneDnnVersion = OneDNN.version
    oneDnnInstructionSet = OneDNN.instructionSet
    self.machine = machine
    self.measurement = measurement
    kernels = Kernels(
      model: model, images: plan.images, arenaBytes: plan.arenaBytes, instructions: plan.report)
  }

  func text() -> String {
    let facts = TextTable(
      columns: [.left("Fact"), .left("Found")],
      rows: [
        ["Processor", machine.processor ?? "unknown"],
        [
          "Cores",
          "\(physicalCores) physical, \(logicalCpus.count) logical "
            + "(cpus \(Self.ranges(logicalCpus)) are open to this process)",
        ],
        ["Control group", controlGroupCpuLimit.map { "\($0) cpus at most" } ?? "no limit"],
        ["Workers", "\(defaultWorkers) unless --workers says otherwise"],
        ["Instruction sets", machine.instructionSets.joined(separator: " ")],
        ["oneDNN", "\(oneDnnVersion), using \(oneDnnInstructionSet)"],
        [
          "Memory",
          "\(machine.memoryBytes.map(gibibytes) ?? "unknown"), "
            + "\(machine.availableMemoryBytes.map(gibibytes) ?? "unknown") available",
        ],
        ["Huge pages", hugePagesText],
        [
          "Multiply-add peak",
          "\(decimals(measurement.gigaflopsOneWorker, 0)) GFLOP/s on one core, "
            + "\(decimals(measurement.gigaflopsAllWorkers, 0)) on \(measurement.workers) "
            + "(\(measurement.vectors))",
        ],
        [
          "Copy bandwidth",
          "\(decimals(measurement.gigabytesPerSecondOneWorker, 1)) GB/s on one core, "
            + "\(decimals(measurement.gigabytesPerSecondAllWorkers, 1)) on "
            + "\(measurement.workers), read and written",
        ],
      ])
    let chosen = TextTable(
      columns: [.left("Instruction"), .left("Kernel"), .right("Reads"), .right("Writes")],
      rows: kernels.instructions.map {
        [$0.label, $0.implementation, mebibytes($0.bytesRead), mebibytes($0.bytesWritten)]
      })
    return facts.text + "\n\nA training step of \(kernels.model) with \(kernels.images) images on "
      + "one worker, in \(mebibytes(kernels.arenaBytes)) of memory ('tandem' marks own kernels):\n"
      + chosen.text
  }

  private var hugePagesText: String {
    switch machine.hugePages {
    case "always", "madvise": "on (\(machine.hugePages ?? ""))"
    case "never":
      "off; for about 10 % more speed: "
        + "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled"
    default: "unknown"
    }
  }

  /// `[0, 1, 2, 5]` → `0-2,5`
  private static func ranges(_ cpus: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for cpu in cpus {
      if let last = ranges.last, last.upperBound + 1 == cpu {
        ranges[ranges.count - 1] = last.lowerBound...cpu
      } else {
        ranges.append(cpu...cpu)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}

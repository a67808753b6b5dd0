import Tandem
import TandemCollectives
import TandemNetwork

/// What `doctor` found; its JSON form and its text.
struct DoctorReport: Encodable {
  /// Where each rank runs; nil in a plain run.
  let ranks: [RankLine]?
  let logicalCpus: [Int]
  let physicalCores: Int
  /// Cpus' worth of time that the control group grants; nil without a limit.
  let controlGroupCpuLimit: Double?
  /// How many workers `--workers` is by default.
  let defaultWorkers: Int
  let oneDnnVersion: String
  let oneDnnInstructionSet: String
  let oneDnnHasFastBfloat16: Bool
  /// The vectors that Winograd's convolutions use.
  let winogradVectors: String
  /// The vectors that convolutions of 1×1 use in training and float32; nil where oneDNN computes
  /// them.
  let pointwiseVectors: String?
  /// Whether oneDNN computes what it should.
  let operations: OperationVerdict
  let machine: MachineFacts
  let measurement: MachineMeasurement
  let kernels: Kernels

  struct RankLine: Encodable {
    let rank: Int
    let host: String
    /// Logical cpus that the launcher lets it use.
    let cpus: [Int]
    /// Physical cores that it need not share with other ranks.
    let ownCores: Int
    /// How many workers it has by default.
    let workers: Int
  }

  struct Kernels: Encodable {
    let model: String
    let images: Int
    /// One replica's memory for activations, their gradients and scratch.
    let arenaBytes: Int
    let instructions: [Plan.InstructionReport]
  }

  init(
    map: JobMap?, topology: CPUTopology, machine: MachineFacts, model: String, plan: Plan,
    operations: OperationVerdict, measurement: MachineMeasurement
  ) {
    ranks = map.map { map in
      map.ranks.indices.map {
        RankLine(
          rank: $0, host: map.ranks[$0].host, cpus: map.ranks[$0].cpus,
          ownCores: map.ownCores(ofRank: $0).count, workers: map.usableCores(ofRank: $0))
      }
    }
    logicalCpus = topology.allowedCPUs
    physicalCores = topology.cores.count
    controlGroupCpuLimit = topology.quota
    defaultWorkers = map?.usableCores(ofRank: 0) ?? topology.defaultWorkers
    oneDnnVersion = OneDNN.version
    oneDnnInstructionSet = OneDNN.instructionSet
    oneDnnHasFastBfloat16 = OneDNN.hasFastBFloat16
    winogradVectors = OwnConvolutions.winogradVectors
    pointwiseVectors = OwnConvolutions.pointwiseVectors
    self.operations = operations
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
            + "(cpus \(CPUList.text(logicalCpus)) are open to this process)",
        ],
        ["Control group", controlGroupCpuLimit.map { "\($0) cpus at most" } ?? "no limit"],
        ["Workers", "\(defaultWorkers) unless --workers says otherwise"],
        ["Instruction sets", machine.instructionSets.joined(separator: " ")],
        ["oneDNN", "\(oneDnnVersion), using \(oneDnnInstructionSet)"],
        ["oneDNN's operations", operations.text],
        ["Winograd convolutions", "Tandem's own, with \(winogradVectors)"],
        ["1×1 convolutions", pointwiseText],
        ["bfloat16", LibraryNotes.bfloat16],
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
    let places = ranks.map { ranks in
      TextTable(
        columns: [
          .right("Rank"), .left("Host"), .left("Cpus"), .right("Own cores"), .right("Workers"),
        ],
        rows: ranks.map {
          ["\($0.rank)", $0.host, CPUList.text($0.cpus), "\($0.ownCores)", "\($0.workers)"]
        }
      ).text + "\n\n"
    }
    return (places ?? "") + facts.text
      + "\n\nA training step of \(kernels.model) with \(kernels.images) images on "
      + "one worker, in \(mebibytes(kernels.arenaBytes)) of memory ('tandem' marks own kernels):\n"
      + chosen.text
  }

  private var pointwiseText: String {
    pointwiseVectors.map { "Tandem's own in float32 training, with \($0)" }
      ?? "oneDNN's; Tandem's own need AVX-512"
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
}

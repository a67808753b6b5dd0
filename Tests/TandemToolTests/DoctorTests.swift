import Foundation
import Testing

@Suite(.serialized) struct DoctorTests {
  struct Report: Decodable {
    struct Machine: Decodable {
      let memoryBytes: Int?
      let hugePages: String?
      let instructionSets: [String]
    }
    struct Measurement: Decodable {
      let vectors: String
      let gigaflopsOneWorker: Double
      let gigaflopsAllWorkers: Double
      let gigabytesPerSecondOneWorker: Double
      let gigabytesPerSecondAllWorkers: Double
      let workers: Int
    }
    struct Kernels: Decodable {
      struct Instruction: Decodable {
        let label: String
        let section: String
        let implementation: String
      }

      let model: String
      let arenaBytes: Int
      let instructions: [Instruction]
    }

    let logicalCpus: [Int]
    let physicalCores: Int
    let defaultWorkers: Int
    let oneDnnVersion: String
    let oneDnnInstructionSet: String
    let winogradVectors: String
    let pointwiseVectors: String?
    let oneDnnHasFastBfloat16: Bool
    let machine: Machine
    let measurement: Measurement
    let kernels: Kernels
  }

  @Test func reportsWhatTheMachineHas() throws {
    let report = try ToolRun("doctor --json").json(as: Report.self)
    #expect((1...report.logicalCpus.count).contains(report.physicalCores))
    #expect((1...report.physicalCores).contains(report.defaultWorkers))
    #expect(report.measurement.workers == report.defaultWorkers)
    #expect(report.oneDnnVersion.split(separator: ".").count == 3)
    #expect(!report.oneDnnInstructionSet.isEmpty)
    #expect(report.oneDnnHasFastBfloat16 == report.machine.instructionSets.contains("avx512_bf16"))
    let wide = ["avx512", "avx10"].contains { report.oneDnnInstructionSet.contains($0) }
    #expect((report.winogradVectors == "AVX-512") == wide)
    #expect((report.pointwiseVectors == "AVX-512") == wide)
    if let bytes = report.machine.memoryBytes {
      #expect(bytes == Int(ProcessInfo.processInfo.physicalMemory))
    }
    // Anything that runs this is faster than the first number and slower than the second.
    for speed in [report.measurement.gigaflopsOneWorker, report.measurement.gigaflopsAllWorkers] {
      #expect((0.1...1e6).contains(speed))
    }
    let bandwidths = [
      report.measurement.gigabytesPerSecondOneWorker,
      report.measurement.gigabytesPerSecondAllWorkers,
    ]
    for bandwidth in bandwidths { #expect((0.01...1e5).contains(bandwidth)) }
  }

  @Test func listsTheKernelsOfEachPass() throws {
    let report = try ToolRun("doctor --model lenet -b 4 --json").json(as: Report.self)
    #expect(report.kernels.model == "lenet")
    #expect(report.kernels.arenaBytes > 0)
    let forward = report.kernels.instructions.filter { $0.section == "forward" }
    let backward = report.kernels.instructions.filter { $0.section == "backward" }
    for layer in ["conv1", "conv2", "dense1", "dense3"] {
      #expect(forward.contains { $0.label.hasPrefix(layer) })
      #expect(backward.contains { $0.label.hasPrefix(layer) })
    }
    #expect(report.kernels.instructions.allSatisfy { !$0.implementation.isEmpty })
  }

  /// The affinity mask is what `--workers` goes by.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/taskset")))
  func respectsTheAffinityMask() throws {
    let run = try ToolRun(
      ["doctor", "-b", "1", "--json"],
      shell: "exec taskset -c \"$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')\" \"$@\"")
    let report = try run.json(as: Report.self)
    #expect(report.logicalCpus.count == 1)
    #expect(report.defaultWorkers == 1)
  }

  /// As on a processor without AVX-512, whatever this one has.
  @Test func saysWhatComputesConvolutionsWithoutAVX512() throws {
    let shell = "ONEDNN_MAX_CPU_ISA=AVX2 exec \"$@\""
    let report = try ToolRun(["doctor", "-b", "1", "--json"], shell: shell).json(as: Report.self)
    #expect(report.winogradVectors != "AVX-512")
    #expect(report.pointwiseVectors == nil)
    let text = try ToolRun(["doctor", "-b", "1"], shell: shell)
    text.expectSuccess()
    let own = "Tandem's own, with \(report.winogradVectors)"
    for fact in [own, "oneDNN's; Tandem's own need AVX-512"] {
      #expect(text.standardOutput.contains(fact), "\(text.standardOutput)")
    }
  }

  @Test func textNamesEveryFact() throws {
    let run = try ToolRun("doctor")
    run.expectSuccess()
    let facts = [
      "Cores", "Control group", "Workers", "Instruction sets", "oneDNN", "Memory", "Huge pages",
      "Multiply-add peak", "Copy bandwidth", "Winograd convolutions", "1×1 convolutions",
      "conv1 forward",
    ]
    for fact in facts { #expect(run.standardOutput.contains(fact)) }
  }
}

import Foundation
import Testing

/// Variables that tell OpenMP programs where to run, as modules of clusters set them.
@Suite(.serialized) struct OpenMPVariableTests {
  private struct Report: Decodable { let workers: Int }

  private func train(_ variables: String) throws -> (workers: Int, warnings: [Substring]) {
    let run = try ToolRun(
      "train --model mlp --data shapes:100,20 --epochs 1 --no-output --json".split(separator: " ")
        .map(String.init),
      shell:
        "unset OMP_NUM_THREADS OMP_PROC_BIND OMP_PLACES GOMP_CPU_AFFINITY; exec env \(variables) \"$@\""
    )
    return (try run.json(as: Report.self).workers, run.errorLines.filter { $0.contains("warning") })
  }

  @Test(arguments: [
    "OMP_PROC_BIND=true", "OMP_PROC_BIND=close OMP_PLACES=cores", "OMP_PROC_BIND=spread",
    "GOMP_CPU_AFFINITY=0-4095", "OMP_NUM_THREADS=1", "OMP_NUM_THREADS=64", "OMP_THREAD_LIMIT=1",
  ])
  func mattersNot(variables: String) throws {
    let (workers, warnings) = try train("")
    let other = try train(variables)
    #expect(other.workers == workers)
    #expect(other.warnings == warnings)
  }

  @Test(arguments: ["GOMP_CPU_AFFINITY=4000", "OMP_PROC_BIND=true OMP_PLACES={0}"])
  func namedCPUsAreToldToBeOfNoUse(variables: String) throws {
    let (workers, _) = try train("")
    let other = try train(variables)
    #expect(other.workers == workers)
    #expect(other.warnings.count == 1 && other.warnings[0].contains("taskset"), "\(other)")
  }

  /// What a launcher or `taskset` says is another matter.
  @Test func startedMaskCounts() throws {
    let cpu = try #require(firstCPU)
    let run = try ToolRun(
      "train --model mlp --data shapes:100,20 --epochs 1 --no-output --json".split(separator: " ")
        .map(String.init), shell: "exec taskset -c \(cpu) env OMP_PROC_BIND=true \"$@\"")
    #expect(try run.json(as: Report.self).workers == 1)
  }

  private var firstCPU: Int? {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return (line?.split(separator: "\t").last?.prefix { $0.isNumber }).flatMap { Int($0) }
  }
}

import CKernels
import Foundation

/// The processor cores that this process may use.
package struct CPUTopology: Hashable, Codable, Sendable {
  /// Logical cpus in the affinity mask, ascending.
  package let allowedCPUs: [Int]
  /// The allowed logical cpus of each physical core (two where hyper-threads are on).
  package let cores: [[Int]]
  /// Cpus' worth of time that the control group grants, e.g. 1.5; nil without a limit.
  package let quota: Double?

  /// How many workers make sense: physical cores, at most the quota.
  ///
  /// A quota is rounded down, to 1 at least: with a quota of 1.5 a second worker would be stopped
  /// for half of the time, and the first one would wait for it in each step.
  package var usableCores: Int {
    guard let quota else { return max(1, cores.count) }
    return max(1, min(cores.count, Int(quota)))
  }

  /// How many workers there are where the user does not say: one for each usable core.
  package var defaultWorkers: Int { min(usableCores, Team.mostWorkers) }

  /// One logical cpu of each physical core, to pin workers to.
  package var pinnableCPUs: [Int] { cores.compactMap(\.first) }

  package init(allowedCPUs: [Int], siblings: [Int: [Int]], quota: Double?) {
    self.allowedCPUs = allowedCPUs
    self.quota = quota
    let allowed = Set(allowedCPUs)
    var cores: [[Int]] = []
    var placed: Set<Int> = []
    for cpu in allowedCPUs where !placed.contains(cpu) {
      // A cpu of which the system does not tell the siblings counts as a core of its own.
      let core = Set(siblings[cpu] ?? []).union([cpu]).intersection(allowed).subtracting(placed)
      placed.formUnion(core)
      cores.append(core.sorted())
    }
    self.cores = cores
  }

  /// What the system says about the calling thread's process.
  ///
  /// Where it says nothing (no affinity masks, no /sys) all active processors count as cores.
  package static func current() -> CPUTopology {
    detect(allowedCPUs: affinityMask()) { path in
      guard let data = FileManager.default.contents(atPath: path) else { return nil }
      return String(decoding: data, as: UTF8.self)
    }
  }

  /// What another process may use, as far as the system tells; the quota is that of this process.
  static func of(process: pid_t) -> CPUTopology {
    detect(allowedCPUs: affinityMask(of: process)) { path in
      FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// Reads the topology with the given function for the contents of system files.
  package static func detect(
    allowedCPUs: [Int], contents: (String) -> String?
  ) -> CPUTopology {
    var siblings: [Int: [Int]] = [:]
    for cpu in allowedCPUs {
      let folder = "/sys/devices/system/cpu/cpu\(cpu)/topology"
      // The second name is the one of kernels before 5.4.
      let text =
        contents("\(folder)/core_cpus_list") ?? contents("\(folder)/thread_siblings_list")
      siblings[cpu] = text.flatMap(CPUList.parse)
    }
    return CPUTopology(
      allowedCPUs: allowedCPUs, siblings: siblings, quota: CgroupQuota.detect(contents: contents))
  }

  /// - Parameter process: 0 for the calling thread.
  private static func affinityMask(of process: pid_t = 0) -> [Int] {
    var cpus = [Int32](repeating: 0, count: 1 << 16)
    let count = tandem_allowed_cpus(process, &cpus, cpus.count)
    guard count > 0 else { return Array(0..<ProcessInfo.processInfo.activeProcessorCount) }
    return cpus.prefix(count).map(Int.init)
  }
}

import Foundation

/// Variables by which OpenMP programs are told where to run. They mean nothing to Tandem, whose
/// workers are not OpenMP's: it binds them itself, to the cores that the process may use.
package enum OpenMPVariables {
  /// What to say to somebody who has named cpus, and some are missing, as if to restrict the
  /// process to those; nil if nobody has.
  ///
  /// - Parameter cpus: on which the process may run.
  package static func warning(_ environment: [String: String], cpus: [Int]) -> String? {
    let name: String
    if let list = environment["GOMP_CPU_AFFINITY"], !self.cpus(list).isSuperset(of: cpus) {
      name = "GOMP_CPU_AFFINITY"
    } else if environment["OMP_PLACES"]?.contains("{") == true {
      name = "OMP_PLACES"
    } else if environment["KMP_AFFINITY"]?.contains("proclist") == true {
      name = "KMP_AFFINITY"
    } else {
      return nil
    }
    return "the environment's \(name) is not used: workers run on all cores of the process, "
      + "cpus \(CPUList.text(cpus)); use taskset for other cores, or `workers` for fewer"
  }

  /// libgomp's list: `0 3 1-2 4-15:2`, with spaces or commas between, the last number being a step.
  /// https://gcc.gnu.org/onlinedocs/libgomp/GOMP_005fCPU_005fAFFINITY.html
  private static func cpus(_ list: String) -> Set<Int> {
    var cpus: Set<Int> = []
    for part in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
      let range = part.split(separator: ":")
      let step = range.count > 1 ? Int(range[1]) ?? 1 : 1
      guard let bounds = range.first?.split(separator: "-").map({ Int($0) }),
        let first = bounds.first ?? nil, let last = bounds.last ?? nil, step > 0,
        last - first < 1 << 16
      else { continue }
      cpus.formUnion(stride(from: first, through: last, by: step))
    }
    return cpus
  }
}

/// Why a network cannot be compiled or run.
package enum ExecutionError: Error, Hashable, CustomStringConvertible {
  /// A oneDNN call failed while `activity`.
  case library(activity: String, status: String)
  /// oneDNN got no memory while `activity`.
  case outOfMemory(activity: String)
  /// Operations of oneDNN's whose results differ from those of plain loops, in words.
  case wrongOperations([String])
  /// A layer that describes something that no operator computes.
  case unsupported(layer: String, reason: String)
  /// Numbers that this machine does not compute with.
  case precision(Precision, reason: String)

  package var description: String {
    switch self {
    case .library(let activity, let status):
      "oneDNN \(OneDNN.version) on \(OneDNN.instructionSet): \(activity): \(status)"
    case .outOfMemory(let activity):
      "no memory for oneDNN: \(activity); use a smaller `batchSize` or fewer `workers`, or allow this "
        + "process more memory (see ulimit -v)"
    case .wrongOperations(let faults):
      "oneDNN \(OneDNN.version) computes wrong numbers on \(OneDNN.instructionSet): "
        + "\(faults.prefix(3).joined(separator: "; "))"
        + (faults.count > 3 ? " and \(faults.count - 3) more" : "")
        + "; use another version of oneDNN (docs/systems.md has those that were tested), or fewer "
        + "instruction sets (ONEDNN_MAX_CPU_ISA=AVX2)"
    case .unsupported(let layer, let reason):
      "layer \(layer) cannot be executed: \(reason)"
    case .precision(let precision, let reason):
      "precision \(precision.rawValue) is not possible here: \(reason); use `precision` fp32"
    }
  }
}

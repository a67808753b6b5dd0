/// How this process was started, as its environment tells: by Open MPI's `mpirun`, or plainly.
///
/// The environment decides, because asking MPI itself means starting it, which a plain run never does.
package struct LaunchEnvironment: Hashable, Sendable {
  /// The ranks of the job; nil for a plain run.
  package let size: Int?

  package init(_ environment: [String: String]) {
    size = environment["OMPI_COMM_WORLD_SIZE"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
  }
}

import CKernels
import COpenMPI
import Foundation

/// The MPI library as a whole: starting it, what it calls itself, and its errors as ours.
package enum MPILibrary {
  /// Throws what the library says about an error code that is not success.
  static func check(_ operation: String, _ error: Int32) throws(JobError) {
    guard error != 0 else { return }
    let message = text(capacity: Int(tandem_mpi_text_capacity)) {
      tandem_mpi_error_text(error, $0)
    }
    throw .mpiFailed(operation: operation, message: message ?? "error \(error)")
  }

  /// "Open MPI v4.1.4"; can be asked without starting MPI.
  package static var version: String {
    let text = text(capacity: Int(tandem_mpi_version_capacity)) {
      tandem_mpi_library_version($0)
    }
    guard let text else { return "unknown" }
    return String(text.prefix { $0 != "," })
  }

  static var hostName: String {
    text(capacity: Int(tandem_mpi_text_capacity)) { tandem_mpi_host_name($0) }
      ?? "unknown host"
  }

  /// Starts MPI; the calling thread is the one that may call it from now on.
  static func initialize() throws(JobError) {
    // Open MPI would send a large message by TCP in one go, and what it has to say before the other
    // side may begin would wait behind it: links would carry one direction after the other. Cut
    // into fragments both are on their way at once. What the user says to mpirun or in the
    // environment stays; it comes before the library's file of parameters
    // (openmpi-mca-params.conf).
    setenv("OMPI_MCA_btl_tcp_flags", "send", 0)
    // Version 5 would try TCP between the ranks of one host too, and complain that their addresses
    // are the same. They need shared memory only.
    if majorVersion >= 5, LaunchEnvironment.current.isOnOneHost {
      setenv("OMPI_MCA_btl", "self,sm", 0)
    }
    // Version 5 would describe each connection that ends with a rank.
    setenv("OMPI_MCA_btl_base_warn_peer_error", "0", 0)
    var isEnough: Int32 = 0
    try check("starting MPI", tandem_mpi_initialize(&isEnough))
    if isEnough == 0 { throw .noThreads(library: version) }
  }

  /// The first number of Open MPI's version; 0 for another library.
  package static let majorVersion: Int = {
    let name = "Open MPI v"
    guard version.hasPrefix(name) else { return 0 }
    return Int(version.dropFirst(name.count).prefix { $0.isNumber }) ?? 0
  }()

  /// What the library explains goes to standard error right away from now on. Until then its daemon
  /// sums up what all ranks have to explain, such as a network that is not there.
  ///
  /// - Parameter broken: called, in the midst of a call of MPI, when the library would end this
  ///   process because another one is gone. Does not return.
  static func explainDirectly(broken: @convention(c) () -> Void) {
    if [4, 5].contains(majorVersion) { tandem_mpi_print_explanations(broken) }
  }

  /// Nothing is explained from now on: the job ends, and somebody says why.
  static func explainNothing() { tandem_mpi_withhold_explanations() }

  /// Ends all processes of the job. Version 4 adds no words of its own then; version 5 says who
  /// called it.
  static func abort() -> Never {
    explainNothing()
    tandem_mpi_abort(1)
    _exit(1)
  }

  /// Whether a job ends without words of `mpirun` if all ranks but one leave with 0, and that one
  /// last of all: version 4 has words for each exit code that is not 0.
  package static var endsQuietly: Bool { majorVersion >= 5 }

  /// Ends this process alone, in good order, so that `mpirun` does not take it for one that has
  /// died.
  static func leave(code: Int32) -> Never {
    if tandem_mpi_leave() == 0 { abort() }
    _exit(code)
  }

  private static func text(
    capacity: Int, _ fill: (UnsafeMutablePointer<CChar>) -> Int32
  ) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity + 1) { buffer in
      buffer.initialize(repeating: 0)
      guard let start = buffer.baseAddress, fill(start) == 0 else { return nil }
      return String(cString: start)
    }
  }
}

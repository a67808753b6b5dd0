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
    // Open MPI would send a large message by TCP in one go, and what it has to say before the other side may
    // begin would wait behind it: links would carry one direction after the other. Cut into fragments both
    // are on their way at once. What the user says to mpirun or in the environment stays; it comes before
    // the library's file of parameters (openmpi-mca-params.conf).
    setenv("OMPI_MCA_btl_tcp_flags", "send", 0)
    var isEnough: Int32 = 0
    try check("starting MPI", tandem_mpi_initialize(&isEnough))
    if isEnough == 0 { throw .noThreads(library: version) }
  }

  /// Ends all processes of the job.
  static func abort() -> Never {
    tandem_mpi_abort(1)
    _exit(1)
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

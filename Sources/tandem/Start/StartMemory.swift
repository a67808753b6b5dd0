import Tandem
import TandemCollectives
import TandemProcess

/// Whether there is memory for the tool itself, whatever it is asked to do: without it not even an
/// error could be reported.
enum StartMemory {
  /// What libraries ask for while they start: kernels that oneDNN generates, for example.
  private static let libraryBytes = 24 << 20
  /// Workers, the loader's, one that watches signals, and those of Dispatch.
  private static let threads = 6
  /// Under `mpirun`: what MPI shares with the other ranks and keeps for messages, and its threads.
  private static let rankBytes = 64 << 20

  /// Before anything else.
  static func requireAny() throws {
    try require(bytes: 0, usedBytes: 0, purpose: "program itself")
  }

  /// Before something is computed.
  static func requireEnough(_ launch: LaunchEnvironment) throws {
    let stackBytes = threads * stackBytes
    let otherBytes = libraryBytes + (launch.size == nil ? 0 : rankBytes)
    try require(
      bytes: stackBytes + otherBytes, usedBytes: otherBytes,
      purpose: "threads and libraries of the program")
  }

  private static func require(bytes: Int, usedBytes: Int, purpose: String) throws {
    try MemoryLimits.require(bytes: bytes, usedBytes: usedBytes, purpose: purpose, use: .program)
  }

  /// The address space that each thread reserves; without a limit the C library decides.
  private static var stackBytes: Int { min(ResourceLimit.stack.current ?? 8 << 20, 1 << 40) }
}

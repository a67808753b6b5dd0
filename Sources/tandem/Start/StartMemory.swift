import ArgumentParser
import CMemory
import Foundation
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

  /// The first thing of all.
  static func prepare(_ launch: LaunchEnvironment) {
    tandem_limit_heaps()
    tandem_name_process(launch.speaker)
    check(launch, bytes: 0, usedBytes: 0, purpose: "program itself")
  }

  /// Before a subcommand begins that computes.
  static func require(for command: any ParsableCommand, _ launch: LaunchEnvironment) {
    guard
      command is any RankedCommand || command is PredictCommand || command is GradcheckCommand
        || command is PlanCommand
    else { return }
    let stackBytes = threads * stackBytes
    let otherBytes = libraryBytes + (launch.size == nil ? 0 : rankBytes)
    check(
      launch, bytes: stackBytes + otherBytes, usedBytes: otherBytes,
      purpose: "threads and libraries of the program")
  }

  private static func check(
    _ launch: LaunchEnvironment, bytes: Int, usedBytes: Int, purpose: String
  ) {
    do {
      try MemoryLimits.require(
        bytes: bytes, usedBytes: usedBytes, purpose: purpose, use: .program)
    } catch {
      // Limits differ from host to host. Where they do not, the launcher ends the others before they
      // say the same.
      if !launch.speaks { sleep(2) }
      FailureReport(running: error).exit(speaker: launch.speaker)
    }
  }

  /// The address space that each thread reserves; without a limit the C library decides.
  private static var stackBytes: Int { min(ResourceLimit.stack.current ?? 8 << 20, 1 << 40) }
}

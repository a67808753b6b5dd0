import COneDNN
import TandemNetwork

/// What the process knows about its oneDNN.
package enum OneDNN {
  /// The version of the library that is loaded, as in `2.6.3`.
  package static var version: String {
    var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
    onednn_version(&major, &minor, &patch)
    return "\(major).\(minor).\(patch)"
  }

  /// The best instruction set that oneDNN found and may use: `avx512_core_bf16`.
  package static var instructionSet: String { name(ofInstructionSet: onednn_instruction_set()) }

  /// The name of an instruction set by oneDNN's number of it; of one that is newer than this
  /// program, what it goes beyond.
  package static func name(ofInstructionSet number: Int32) -> String {
    String(cString: onednn_instruction_set_name(number))
  }

  /// Whether it computes with bfloat16: with AVX-512 alone it unpacks the numbers first, which is
  /// right but slow.
  package static let computesBFloat16 = onednn_instruction_set_has_avx512(onednn_instruction_set())

  /// Whether the processor has instructions for bfloat16, so that it saves time.
  package static let hasFastBFloat16 = onednn_instruction_set_has_bfloat16(
    onednn_instruction_set())

  /// Makes oneDNN sequential on the calling thread: the parallelism is ours. Needed on every thread
  /// that creates or executes primitives, before it does.
  static func useOneThreadHere() {
    onednn_use_one_thread_here()
  }

  /// Turns oneDNN's status into an error that says what was being done.
  package static func check(_ status: Int32, _ activity: @autoclosure () -> String) throws {
    if status == 0 { return }
    if onednn_is_out_of_memory(status) { throw ExecutionError.outOfMemory(activity: activity()) }
    throw ExecutionError.library(
      activity: activity(), status: String(cString: onednn_status_text(status)))
  }
}

import Tandem
import TandemExecution
import TandemNetwork

/// What the oneDNN of this machine means for a training, in words, where it means something.
enum LibraryNotes {
  static func warnings(_ precision: Precision) -> [String] {
    switch precision {
    // Where it cannot be computed at all, an error follows.
    case .bfloat16:
      OneDNN.hasFastBFloat16 || !OneDNN.computesBFloat16 ? [] : [slowBFloat16]
    case .float32: []
    }
  }

  private static var slowBFloat16: String {
    "oneDNN \(OneDNN.version) finds no instructions for bfloat16 here, only \(OneDNN.instructionSet): "
      + "--precision bf16 takes about 4.5 times as long as fp32"
  }

  /// `doctor`'s line about bfloat16.
  static var bfloat16: String {
    if OneDNN.hasFastBFloat16 { return "fast" }
    return OneDNN.computesBFloat16
      ? "slow, for lack of instructions: --precision bf16 takes about 4.5 times as long as fp32"
      : "not possible without AVX-512"
  }
}

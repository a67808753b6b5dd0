import Tandem
import TandemExecution
import TandemNetwork

/// What the oneDNN of this machine means for a training, in words, where it means something.
enum LibraryNotes {
  /// - Parameter images: per shard, on which Winograd's way depends.
  static func warnings(
    _ graph: NetworkGraph, images: Int, precision: Precision, isTraining: Bool = true
  ) -> [String] {
    switch precision {
    // Where it cannot be computed at all, an error follows.
    case .bfloat16:
      OneDNN.hasFastBFloat16 || !OneDNN.computesBFloat16 ? [] : [slowBFloat16]
    case .float32:
      isTraining ? [withoutWinograd(graph, images: images)].compactMap(\.self) : []
    }
  }

  private static var slowBFloat16: String {
    "oneDNN \(OneDNN.version) finds no instructions for bfloat16 here, only \(OneDNN.instructionSet): "
      + "--precision bf16 takes about 4.5 times as long as fp32"
  }

  /// nil where the network has no such convolutions to speak of, or they go that way.
  private static func withoutWinograd(_ graph: NetworkGraph, images: Int) -> String? {
    let share = OneDNN.shareOfWinograd(graph, images: images)
    guard OneDNN.lacksWinograd, share >= leastShare else { return nil }
    return
      "oneDNN \(OneDNN.version) has no Winograd convolutions any more (3.1 has), which would do "
      + "\(percent(share)) of \(graph.name)'s multiply-adds: a step takes up to \(longest) times as long"
  }

  /// The least share of a network's multiply-adds.
  private static let leastShare = 0.1
  /// VGG-16, measured with 2.6.3 and 3.2.
  private static let longest = 2.1

  /// `doctor`'s line about convolutions.
  static var winograd: String {
    if OneDNN.lacksWinograd {
      return
        "no, since oneDNN 3.2: training VGG-16 takes up to \(longest) times as long as with 3.1"
    }
    return OneDNN.hasWinograd ? "yes, for 3×3 convolutions of stride 1" : "no, for lack of AVX-512"
  }

  /// `doctor`'s line about bfloat16.
  static var bfloat16: String {
    if OneDNN.hasFastBFloat16 { return "fast" }
    return OneDNN.computesBFloat16
      ? "slow, for lack of instructions: --precision bf16 takes about 4.5 times as long as fp32"
      : "not possible without AVX-512"
  }
}

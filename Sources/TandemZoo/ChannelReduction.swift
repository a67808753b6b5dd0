import TandemNetwork
import TandemTensor

// The 5×5 branch of GoogLeNet's module 4a alone (Szegedy et al. 2014,
// https://arxiv.org/abs/1409.4842, table 1: 480 maps of 14×14 in, 48 out), directly and through 16
// maps of 1×1. One image costs 14·14·48·480·25 = 112,896,000 multiply-adds directly, and
// 14·14·(16·480 + 48·16·25) = 5,268,480 with the reduction.
//
// Deviation: the mean of each map follows, so that the branch is a network with 48 outputs.

extension Zoo {
  /// Whether a 1×1 convolution makes channels fewer before a 5×5 convolution.
  public enum ChannelReduction: String, CaseIterable, Sendable {
    /// The 5×5 convolution sees all 480 maps.
    case direct = "reduction-none"
    /// The 5×5 convolution sees 16 maps of a 1×1 convolution.
    case through1x1 = "reduction-1x1"

    var summary: String {
      switch self {
      case .direct: "5×5 on 480 maps, 112.9 M multiply-adds"
      case .through1x1: "the same through 16 maps of 1×1, 5.3 M multiply-adds"
      }
    }
  }

  static let channelReductions = ChannelReduction.allCases.map { reduction in
    ZooEntry(
      reduction.rawValue, family: "ChannelReduction", summary: reduction.summary,
      input: [480, 14, 14],
      classes: 48, hasWidth: false
    ) { channelReduction(reduction, classes: $0.classes, input: $0.input) }
  }

  /// The 5×5 branch of GoogLeNet's module 4a alone (Szegedy et al. 2014,
  /// https://arxiv.org/abs/1409.4842, table 1).
  /// - Parameter input: `[C, H, W]`
  public static func channelReduction(
    _ reduction: ChannelReduction, classes: Int = 48, input: Shape = [480, 14, 14]
  ) -> Network {
    switch reduction {
    case .direct:
      Network("reduction-none", input: input) {  // [N,480,14,14]
        Conv2D(classes, kernel: 5, padding: 2)  // → [N,48,14,14]
        ReLU()
        GlobalAveragePool2D()  // → [N,48]
      }
    case .through1x1:
      Network("reduction-1x1", input: input) {  // [N,480,14,14]
        Conv2D(16, kernel: 1)  // → [N,16,14,14]
        ReLU()
        Conv2D(classes, kernel: 5, padding: 2)  // → [N,48,14,14]
        ReLU()
        GlobalAveragePool2D()  // → [N,48]
      }
    }
  }
}

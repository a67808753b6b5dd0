import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

/// Which convolutions of 1×1 are computed by kernels of our own (see `Pointwise/pointwise.h`): in
/// training and float32 where the processor has AVX-512, those of one group without padding that
/// have enough channels; and the gradient of their weights in bfloat16.
///
/// On two cores of Zen 5 with 8 images each the 15 shapes of resnet-50 take these parts of the time
/// of oneDNN 2.6.3's (`Benchmarks/kernels`): forward, copies of the weights included, 0.87 to 1.03,
/// backward to the input 0.87 to 1.04, to the weights 0.63 to 0.98.
/// With few outputs a tile has few multiply-adds for each number of the input's gradient: of
/// GoogLeNet's 192 → 16 that takes 1.1 to 1.3 (one core and two), of 480 → 16 1.1, of 832 → 32 and
/// 48 1.06; all three passes together take 0.96, 0.96, 1.01 and 1.02.
///
/// At inference oneDNN's other convolutions keep channels innermost: bringing maps into another
/// order and back takes longer than these save.
package enum PointwiseRule {
  /// A block: with fewer, a part of each vector would be zeros.
  static let leastChannels = 16

  package static let runs =
    onednn_instruction_set_has_avx512(onednn_instruction_set()) && tandem_pointwise_runs()

  /// Where Winograd's kernels compute in bfloat16: there is no AMX.
  package static let runsInBFloat16 =
    WinogradRule.vectors(for: .bfloat16) == tandem_winograd_avx512_bf16
    && tandem_pointwise_bfloat16_runs()

  /// - Parameters:
  ///   - input: `[C, H, W]`.
  ///   - images: computed at once in training; nil at inference.
  package static func applies(
    to layer: Conv2D, input: Shape, precision: Precision, images: Int?
  ) -> Bool {
    runs && precision == .float32 && images != nil && fits(layer, input: input)
  }

  /// Whether the gradient of the weights is computed by a kernel of our own in bfloat16, where the
  /// other passes are oneDNN's: forward and backward to the input reach 98 % of what the dot
  /// products of pairs do in registers on Zen 4. Of resnet-50's shapes with 16 images ours does 340
  /// to 490 GFLOP/s on one core of Zen 5, oneDNN 2.6.3's 200 to 430 as an operator of a step.
  package static func appliesToGradient(
    of layer: Conv2D, input: Shape, precision: Precision, images: Int?
  ) -> Bool {
    runsInBFloat16 && precision == .bfloat16 && images != nil && fits(layer, input: input)
  }

  private static func fits(_ layer: Conv2D, input: Shape) -> Bool {
    layer.kernel == 1 && layer.groups == 1 && layer.stride.height == layer.stride.width
      && layer.padding.resolved(
        input: Size2D(maps: input), kernel: layer.kernel, stride: layer.stride) == .zero
      && min(input[0], layer.outputChannels) >= leastChannels
  }
}

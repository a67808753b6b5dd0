import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

/// Which convolutions of 1×1 are computed by kernels of our own (see `Pointwise/pointwise.h`): in
/// training and float32 where the processor has AVX-512, those of one group without padding that
/// have enough channels.
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

  /// - Parameters:
  ///   - input: `[C, H, W]`.
  ///   - images: computed at once in training; nil at inference.
  package static func applies(
    to layer: Conv2D, input: Shape, precision: Precision, images: Int?
  ) -> Bool {
    runs && images != nil && precision == .float32 && layer.kernel == 1 && layer.groups == 1
      && layer.stride.height == layer.stride.width
      && layer.padding.resolved(
        input: Size2D(maps: input), kernel: layer.kernel, stride: layer.stride) == .zero
      && min(input[0], layer.outputChannels) >= leastChannels
  }
}

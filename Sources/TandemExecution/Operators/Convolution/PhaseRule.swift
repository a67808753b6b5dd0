import CKernels
import TandemNetwork
import TandemTensor

/// Which convolutions with a stride are made ones of stride 1, by phases of their input, and
/// computed by Winograd's way (see `Phases/phases.h`): those of pictures that then have kernels
/// from 3×3 to 5×5, as the first layers of AlexNet, GoogLeNet and ResNet.
///
/// A pure function of shapes and of the processor's vectors, as `WinogradRule` is. On two cores of
/// Zen 4 AlexNet's took, forward and to the weights, 0.47 and 0.56 of the time of oneDNN's direct
/// convolution, GoogLeNet's and ResNet's 0.80 and 0.81; in bfloat16 ResNet's 0.80 and 0.92, with
/// AVX2 only 0.77 and 0.66.
package enum PhaseRule {
  /// Channels of a picture. Other layers write blocks of channels, and phases are made of plain
  /// order.
  static let mostChannels = 4
  /// Multiplications in the place of one, at most, with the channels of phases filled up to a
  /// block: ResNet's first layer has 0.45.
  static let mostMultiplications = 0.5
  /// Channels of a block.
  private static let block = 16

  /// - Parameters:
  ///   - input: `[C, H, W]`.
  ///   - output: `[O, H, W]`.
  ///   - images: computed at once in training; nil at inference.
  package static func applies(
    to layer: Conv2D, input: Shape, output: Shape, images: Int?
  ) -> Bool {
    let (kernel, stride) = (layer.kernel.height, layer.stride.height)
    guard stride > 1, layer.kernel == Size2D(kernel), layer.stride == Size2D(stride),
      layer.groups == 1, input[0] <= mostChannels, output[0] >= WinogradRule.leastChannels
    else { return false }
    let phaseKernel = (kernel + stride - 1) / stride
    guard WinogradRule.kernels.contains(phaseKernel),
      WinogradRule.hasEnoughTiles(output, kernel: phaseKernel, images: images)
    else { return false }
    let channels = (input[0] * stride * stride + block - 1) / block * block
    let multiplications =
      Double(WinogradRule.multiplications(output, kernel: phaseKernel) * channels)
      / Double(output[1] * output[2] * kernel * kernel * input[0])
    return multiplications <= mostMultiplications
  }
}

import CKernels
import TandemNetwork
import TandemTensor

/// Which convolutions with a stride are made ones of stride 1, by phases of their input, and
/// computed by Winograd's way (see `Phases/phases.h`): those of pictures that then have kernels from
/// 3×3 to 5×5, as the first layers of AlexNet, GoogLeNet and ResNet.
///
/// A pure function of shapes, as `WinogradRule` is.
package enum PhaseRule {
  /// Channels of a picture: what other layers write is not in plain order.
  static let mostChannels = 4
  /// Multiplications in the place of one, at most, with the channels of phases filled up to a block.
  static let mostMultiplications = 0.5

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
    let padding = layer.padding.resolved(
      input: Size2D(maps: input), kernel: layer.kernel, stride: layer.stride)
    let phaseKernel = filled(kernel, stride) / stride
    guard WinogradRule.kernels.contains(phaseKernel), max(padding.top, padding.left) < kernel,
      WinogradRule.hasEnoughTiles(output, kernel: phaseKernel, images: images)
    else { return false }
    let channels = filled(input[0] * stride * stride, WinogradRule.leastChannels)
    let multiplications =
      Double(WinogradRule.multiplications(output, kernel: phaseKernel) * channels)
      / Double(output[1] * output[2] * kernel * kernel * input[0])
    return multiplications <= mostMultiplications
  }

  private static func filled(_ count: Int, _ step: Int) -> Int { (count + step - 1) / step * step }
}

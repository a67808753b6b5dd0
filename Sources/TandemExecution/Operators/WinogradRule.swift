import COneDNN
import TandemNetwork
import TandemTensor

/// Where a 3×3 convolution is computed by Winograd's minimal filtering F(4×4, 3×3), which needs a
/// quarter of the multiplications (Lavin and Gray 2015, https://arxiv.org/abs/1509.09308), though
/// transformations of inputs, weights and outputs besides.
///
/// The rule is a pure function of shapes, so that the bits of a result never depend on a measurement.
/// It comes from one: of 126 cases (42 shapes of the zoo's networks, forward and both halves of
/// backward, one core with AVX-512) it takes the faster way in all but a few that are nearly equal.
/// Winograd was 1.3 to 2.6 times as fast where it says so, and up to 3 times as slow elsewhere.
/// In steps of AlexNet, VGG-16, GoogLeNet and ResNet-50 the faster way of each operator, as measured, would
/// save 0.2, 0.3, 1.5 and 0.3 % (with the noise of the measurement; without Winograd steps take 1.16, 1.84,
/// 1.20 and 1.15 times as long): too little for bits that a measurement decides.
///
/// It is for training only: at inference oneDNN's other convolutions keep channels innermost, and
/// bringing maps into another order and back takes what Winograd saves.
package enum WinogradRule {
  /// With fewer channels, transforming the maps takes longer than what it saves.
  static let leastChannels = 32
  /// Tiles of 4×4 outputs, of all images. Weights are transformed once for all of them.
  static let leastTiles = 48

  /// oneDNN 2.6 computes wrong gradients of the input where the padding is not the same on all sides.
  ///
  /// - Parameters:
  ///   - input: `[C, H, W]`.
  ///   - output: `[O, H, W]`.
  package static func applies(to layer: Conv2D, input: Shape, output: Shape, images: Int) -> Bool {
    let padding = layer.padding.resolved(
      input: Size2D(height: input[1], width: input[2]), kernel: layer.kernel,
      stride: layer.stride)
    let isEven = Set([padding.top, padding.bottom, padding.left, padding.right]).count == 1
    return layer.kernel == Size2D(3) && layer.stride == Size2D(1) && layer.groups == 1 && isEven
      && min(input[0], output[0]) >= leastChannels
      && images * tiles(output[1]) * tiles(output[2]) >= leastTiles
  }

  /// The same of each group of a convolution in groups.
  static func applies(
    toGroupsOf layer: Conv2D, input: Shape, output: Shape, images: Int
  ) -> Bool {
    var part = layer
    part.groups = 1
    part.outputChannels /= layer.groups
    func ofGroup(_ shape: Shape) -> Shape { [shape[0] / layer.groups, shape[1], shape[2]] }
    return applies(to: part, input: ofGroup(input), output: ofGroup(output), images: images)
  }

  private static func tiles(_ length: Int) -> Int { (length + 3) / 4 }

  /// Whether oneDNN has Winograd's way on this machine.
  static let isOffered: Bool = {
    let window = onednn_window(kernel: Size2D(3), stride: Size2D(1), padding: .zero)
    let operation = try? Operation(
      "a convolution",
      OperationRequest(
        .convolution(onednn_algorithm_winograd, window), .training,
        sources: [.any([4, 32, 18, 18])], weights: .any([32, 32, 3, 3]),
        destination: .any([4, 32, 16, 16])))
    return operation != nil
  }()

  /// Creates an operation by Winograd's way where that applies and oneDNN has it for this machine, else
  /// by the direct one.
  static func operation(
    _ label: String, applies: Bool, forward: Operation? = nil,
    _ request: (onednn_algorithm) -> OperationRequest
  ) throws -> Operation {
    if applies,
      let operation = try? Operation(
        label, request(onednn_algorithm_winograd), forward: forward)
    {
      return operation
    }
    return try Operation(label, request(onednn_algorithm_direct), forward: forward)
  }
}

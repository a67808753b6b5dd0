import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

/// Which convolutions are computed by Winograd's minimal filtering, by kernels of our own (see
/// `Winograd/winograd.h`): those of stride 1 with kernels from 3×3 to 5×5 that have enough
/// channels, and enough tiles for the transformed weights.
///
/// The rule is a pure function of shapes and of the processor's vectors, so that the bits of a
/// result never depend on a measurement. It comes from one: of 69 cases (23 shapes of the zoo's
/// networks, forward and both halves of backward, one core of Zen 4) our kernels took between a
/// third and two thirds of the time of oneDNN's direct convolutions wherever it says so.
///
/// At inference a rule that counted images would give an image other bits in another company, so
/// each has to have enough tiles. And with AVX-512 oneDNN's other convolutions keep channels
/// innermost at inference: bringing maps into another order and back takes what Winograd saves.
package enum WinogradRule {
  /// A block of AVX-512: with fewer, transforming the maps takes longer than what it saves.
  static let leastChannels = 16
  /// Tiles of all images. Weights are transformed once for all of them, and gradients back.
  static let leastTiles = 32
  /// Tiles of one image, at inference.
  static let leastTilesOfImage = 9
  /// Multiplications in the place of one, at most: small maps are filled up to whole tiles. On few
  /// pixels the error of the weights' gradient by kernels of 5×5 would stand out, too.
  static let mostMultiplications = 0.45

  /// The vectors that the kernels use: the widest that this processor has, and that oneDNN may use
  /// (`ONEDNN_MAX_CPU_ISA`).
  package static let vectors: tandem_winograd_set = {
    let mayUse = onednn_instruction_set()
    if onednn_instruction_set_has_avx512(mayUse), tandem_winograd_runs(tandem_winograd_avx512) {
      return tandem_winograd_avx512
    }
    if onednn_instruction_set_has_avx2(mayUse), tandem_winograd_runs(tandem_winograd_avx2) {
      return tandem_winograd_avx2
    }
    return tandem_winograd_portable
  }()

  /// The kernels for maps of this type; nil where there are none.
  ///
  /// In bfloat16 they took between a half and three quarters of the time of those for float32 (36
  /// passes on one core of Zen 5), while a step of VGG-16 with oneDNN's direct convolutions in
  /// bfloat16 took 1.4 times that of ours in float32. Where the processor has AMX, whose tiles
  /// multiply many times as fast, these are left to oneDNN; which is faster was not measured there.
  package static func vectors(for precision: Precision) -> tandem_winograd_set? {
    switch precision {
    case .float32: vectors
    case .bfloat16: bfloat16Vectors
    }
  }

  private static let bfloat16Vectors: tandem_winograd_set? = {
    let mayUse = onednn_instruction_set()
    let isFaster =
      onednn_instruction_set_has_bfloat16(mayUse) && !onednn_instruction_set_has_amx(mayUse)
    return isFaster && tandem_winograd_runs(tandem_winograd_avx512_bf16)
      ? tandem_winograd_avx512_bf16 : nil
  }()

  /// - Parameters:
  ///   - input: `[C, H, W]`.
  ///   - output: `[O, H, W]`.
  ///   - images: computed at once in training; nil at inference.
  package static func applies(
    to layer: Conv2D, input: Shape, output: Shape, images: Int?
  ) -> Bool {
    let (inputs, outputs) = (input[0] / layer.groups, output[0] / layer.groups)
    let kernel = layer.kernel.height
    guard layer.kernel == Size2D(kernel), kernels.contains(kernel), layer.stride == Size2D(1),
      min(inputs, outputs) >= leastChannels,
      layer.groups == 1 || inputs % leastChannels == 0 && outputs % leastChannels == 0
    else { return false }
    let multiplications =
      Double(multiplications(output, kernel: kernel))
      / Double(output[1] * output[2] * kernel * kernel)
    return hasEnoughTiles(output, kernel: kernel, images: images)
      && multiplications <= mostMultiplications
  }

  // MARK: Tiles

  /// Rows and columns of the kernels.
  static let kernels = 3...5

  /// Rows and columns of the input that a tile of the output sees.
  private static let tileSide = 6

  /// Tiles of an output channel's map by kernels of this side.
  private static func tiles(_ output: Shape, kernel: Int) -> Int {
    let side = tileSide + 1 - kernel
    return ((output[1] + side - 1) / side) * ((output[2] + side - 1) / side)
  }

  /// Of an output channel's map and an input channel.
  static func multiplications(_ output: Shape, kernel: Int) -> Int {
    tiles(output, kernel: kernel) * tileSide * tileSide
  }

  /// Whether there are enough for the transformed weights, and whether maps are in an order that
  /// the kernels know.
  static func hasEnoughTiles(_ output: Shape, kernel: Int, images: Int?) -> Bool {
    let tiles = tiles(output, kernel: kernel)
    guard let images else {
      return vectors != tandem_winograd_avx512 && tiles >= leastTilesOfImage
    }
    return images * tiles >= leastTiles
  }
}

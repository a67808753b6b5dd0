import TandemTensor

/// The subsampling of LeNet-5: the mean of each window, times a trained weight, plus a trained
/// bias, both one for each channel; `[C, H, W]` → `[C, H / k, W / k]` (LeCun et al. 1998, section
/// II.B: layers S2 and S4). The paper puts a squashing function behind it, which is a layer of its
/// own here.
///
/// The paper adds the window's values where this takes their mean; the weight makes up for that.
public struct TrainableSubsampling: Layer {
  public static let kind = "trainable-subsampling"
  public static let namePrefix = "subsampling"

  /// Windows touch and do not overlap.
  public var kernel: Size2D

  public init(_ kernel: Size2D) {
    self.kernel = kernel
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    let geometry = try PoolGeometry(
      poolingOf: input, kernel: kernel, stride: kernel, padding: .valid, ceilMode: false)
    return [input[0], geometry.output.height, geometry.output.width]
  }

  /// `weight` and `bias`, `[C]` each. The first weights are drawn as the paper has it for all
  /// weights: by the number of inputs of a unit.
  public func parameters(for inputs: [Shape]) -> [Parameter] {
    let channels = inputs[0][0]
    return [
      Parameter("weight", shape: [channels], initializer: .constant(1), fanIn: 1, fanOut: 1),
      Parameter("bias", shape: [channels], initializer: .constant(0), fanIn: 1, fanOut: 1),
    ]
  }

  /// `2×2 subsampling, stride 2`
  public var notation: LayerNotation? { LayerNotation("\(kernel) subsampling", stride: kernel) }

  public var description: String { "TrainableSubsampling(\(kernel.sourceText))" }
}

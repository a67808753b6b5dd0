import TandemTensor

/// The mean of each window of each channel: `[C, H, W]` → `[C, H′, W′]`.
public struct AveragePool2D: Layer {
  public static let kind = "average-pool"
  public static let namePrefix = "pool"

  public var kernel: Size2D
  public var stride: Size2D
  /// The padding, at most half of the kernel.
  public var padding: Padding
  /// Whether a last window that reaches over the edge still counts (PyTorch's `ceil_mode`).
  public var ceilMode: Bool
  /// Whether the zeros of the padding count in the mean (PyTorch's `count_include_pad`). What ceil
  /// mode reaches over beyond the padding never counts.
  public var countIncludesPadding: Bool

  /// - Parameter stride: the kernel's size if nil, so that windows touch and do not overlap.
  public init(
    _ kernel: Size2D, stride: Size2D? = nil, padding: Padding = .valid, ceilMode: Bool = false,
    countIncludesPadding: Bool = true
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.ceilMode = ceilMode
    self.countIncludesPadding = countIncludesPadding
  }

  /// - Parameter input: `[C, H, W]`
  package func geometry(for input: Shape) throws(LayerError) -> PoolGeometry {
    try PoolGeometry(
      poolingOf: input, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    let output = try geometry(for: input).output
    return [input[0], output.height, output.width]
  }

  /// `5×5 average pool, stride 3`
  public var notation: LayerNotation? { LayerNotation("\(kernel) average pool", stride: stride) }

  public var description: String {
    "AveragePool2D("
      + poolingArguments(kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
      + (countIncludesPadding ? ")" : ", countIncludesPadding: false)")
  }
}

import TandemTensor

/// The largest value of each window of each channel: `[C, H, W]` → `[C, H′, W′]`. Padding never
/// wins.
public struct MaxPool2D: Layer {
  public static let kind = "max-pool"
  public static let namePrefix = "pool"

  public var kernel: Size2D
  public var stride: Size2D
  /// The padding, at most half of the kernel.
  public var padding: Padding
  /// Whether a last window that reaches over the edge still counts (PyTorch's `ceil_mode`).
  public var ceilMode: Bool

  /// - Parameter stride: the kernel's size if nil, so that windows touch and do not overlap.
  public init(
    _ kernel: Size2D, stride: Size2D? = nil, padding: Padding = .valid, ceilMode: Bool = false
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.ceilMode = ceilMode
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

  /// `3×3 max pool, stride 2`
  public var notation: LayerNotation? { LayerNotation("\(kernel) max pool", stride: stride) }

  public var description: String {
    "MaxPool2D("
      + poolingArguments(kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
      + ")"
  }
}

/// The arguments that both poolings share, as written in Swift source.
func poolingArguments(kernel: Size2D, stride: Size2D, padding: Padding, ceilMode: Bool) -> String {
  var text = kernel.sourceText
  if stride != kernel { text += ", stride: \(stride.sourceText)" }
  if padding != .valid { text += ", padding: \(padding)" }
  if ceilMode { text += ", ceilMode: true" }
  return text
}

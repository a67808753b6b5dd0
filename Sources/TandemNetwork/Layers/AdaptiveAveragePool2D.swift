import TandemTensor

/// The mean of windows that are as large as it takes to get maps of a given size:
/// `[C, H, W]` → `[C, H′, W′]`. Output row i is the mean over the input rows ⌊i·H / H′⌋ to
/// ⌈(i + 1)·H / H′⌉, as in PyTorch, so windows may overlap and differ in size, and small maps are
/// enlarged: https://docs.pytorch.org/docs/2.13/generated/torch.nn.AdaptiveAvgPool2d.html
public struct AdaptiveAveragePool2D: Layer {
  public static let kind = "adaptive-average-pool"
  public static let namePrefix = "pool"

  /// Rows and columns of the output.
  public var output: Size2D

  public init(_ output: Size2D) {
    self.output = output
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    try requireMaps(input)
    try requireExtent(output, "the output size")
    return [input[0], output.height, output.width]
  }

  /// The input rows (or columns) of each output row.
  public static func windows(input: Int, output: Int) -> [Range<Int>] {
    (0..<output).map { $0 * input / output..<(($0 + 1) * input + output - 1) / output }
  }

  /// `average pool to 6×6`
  public var notation: LayerNotation? { LayerNotation("average pool to \(output)") }

  public var description: String { "AdaptiveAveragePool2D(\(output.sourceText))" }
}

import TandemTensor

/// The mean of each whole channel: `[C, H, W]` → `[C]` (Lin et al. 2013, "Network in network",
/// https://arxiv.org/abs/1312.4400).
public struct GlobalAveragePool2D: Layer {
  public static let kind = "global-average-pool"
  public static let namePrefix = "pool"

  public init() {}

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    try requireMaps(input)
    return [input[0]]
  }

  public var notation: LayerNotation? { LayerNotation("average pool") }

  public var description: String { "GlobalAveragePool2D()" }
}

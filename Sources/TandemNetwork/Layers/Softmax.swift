import TandemTensor

/// Turns features into probabilities that sum to 1, eˣᵢ / Σ eˣⱼ: `[F]` → `[F]`.
public struct Softmax: Layer {
  public static let kind = "softmax"

  public init() {}

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    guard input.rank == 1 else {
      throw LayerError("takes features [F], but its input is \(input); put a Flatten before it")
    }
    return input
  }

  /// Sums go over all features: each device computes all of them, and keeps its slice.
  public func inputChannels(for outputs: ChannelSet, inputs: [Shape]) -> [ChannelSet] {
    [outputs.isEmpty ? .none : .all(inputs[0].channels)]
  }

  public var notation: LayerNotation? { LayerNotation("softmax") }

  public var outputMeaning: OutputMeaning? { .classProbabilities }

  public var description: String { "Softmax()" }
}

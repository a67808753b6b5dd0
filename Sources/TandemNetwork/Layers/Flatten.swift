import TandemTensor

/// All elements in one row, in the order `[C, H, W]`: → `[C · H · W]`.
public struct Flatten: Layer {
  public static let kind = "flatten"

  public init() {}

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    [try onlyInput(inputs).elementCount]
  }

  public func outputChannels(keeping held: [ChannelSet], inputs: [Shape]) -> ChannelSet? {
    held[0].multiplied(by: inputs[0].elementsOfChannel)
  }

  public func inputChannels(for outputs: ChannelSet, inputs: [Shape]) -> [ChannelSet] {
    [outputs.divided(by: inputs[0].elementsOfChannel)]
  }

  public var worksInPlace: Bool { true }

  public var description: String { "Flatten()" }
}

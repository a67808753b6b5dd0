import TandemTensor

/// A fully connected layer: every output is a weighted sum of all inputs. Takes any shape and
/// flattens it itself, `[C, H, W]` in that order: → `[outputs]`.
public struct Dense: Layer {
  public static let kind = "dense"

  public var outputs: Int
  public var hasBias: Bool
  public var weightInitializer: Initializer
  public var biasInitializer: Initializer

  public init(
    _ outputs: Int, bias: Bool = true, weightInitializer: Initializer = .uniformFanIn,
    biasInitializer: Initializer = .uniformFanIn
  ) {
    self.outputs = outputs
    self.hasBias = bias
    self.weightInitializer = weightInitializer
    self.biasInitializer = biasInitializer
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    _ = try onlyInput(inputs)
    try requirePositive(outputs, "the number of outputs")
    try weightInitializer.check("weight")
    try biasInitializer.check("bias")
    return [outputs]
  }

  public func withOutputs(_ count: Int) -> Dense? {
    var layer = self
    layer.outputs = count
    return layer
  }

  /// `weight` `[O, I]` and, with a bias, `bias` `[O]`.
  public func parameters(for inputs: [Shape]) -> [Parameter] {
    let features = inputs[0].elementCount
    let weight = Parameter(
      "weight", shape: [outputs, features], initializer: weightInitializer, fanIn: features,
      fanOut: outputs)
    let bias = Parameter(
      "bias", shape: [outputs], initializer: biasInitializer, fanIn: features, fanOut: outputs)
    return hasBias ? [weight, bias] : [weight]
  }

  public func multiplyAdds(for inputs: [Shape]) -> Int { inputs[0].elementCount * outputs }

  public func outputChannels(keeping held: [ChannelSet], inputs: [Shape]) -> ChannelSet? { nil }

  public func inputChannels(for outputs: ChannelSet, inputs: [Shape]) -> [ChannelSet] {
    [outputs.isEmpty ? .none : .all(inputs[0][0])]
  }

  public func slice(_ outputs: ChannelSet, inputs: [Shape]) -> Dense? {
    var part = self
    part.outputs = outputs.count
    return part
  }

  /// `fc 4096`
  public var notation: LayerNotation? { LayerNotation("fc \(outputs)") }

  public var backwardReadsInput: Bool { true }
  public var factoredParameter: String? { "weight" }
  public var hybridPlacement: Placement { .model }

  public var description: String {
    var text = "Dense(\(outputs)"
    if !hasBias { text += ", bias: false" }
    if weightInitializer != .uniformFanIn {
      text += ", weightInitializer: \(weightInitializer.sourceText)"
    }
    if biasInitializer != .uniformFanIn {
      text += ", biasInitializer: \(biasInitializer.sourceText)"
    }
    return text + ")"
  }
}

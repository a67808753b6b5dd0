import TandemTensor

/// A two-dimensional convolution (as everywhere in the field: a cross-correlation) with learned
/// kernels: `[C, H, W]` → `[outputChannels, H′, W′]`.
public struct Conv2D: Layer {
  public static let kind = "conv"

  public var outputChannels: Int
  public var kernel: Size2D
  public var stride: Size2D
  public var padding: Padding
  /// Input and output channels are cut into this many parts, each of which sees only its own
  /// (Krizhevsky et al. 2012, https://papers.nips.cc/paper/4824).
  public var groups: Int
  public var hasBias: Bool
  public var weightInitializer: Initializer
  public var biasInitializer: Initializer

  public init(
    _ outputChannels: Int, kernel: Size2D, stride: Size2D = 1, padding: Padding = .valid,
    groups: Int = 1, bias: Bool = true, weightInitializer: Initializer = .uniformFanIn,
    biasInitializer: Initializer = .uniformFanIn
  ) {
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.hasBias = bias
    self.weightInitializer = weightInitializer
    self.biasInitializer = biasInitializer
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    try requirePositive(outputChannels, "the number of output channels")
    try requirePositive(groups, "the number of groups")
    try weightInitializer.check("weight")
    try biasInitializer.check("bias")
    let geometry = try PoolGeometry(
      input: input, kernel: kernel, stride: stride, padding: padding, ceilMode: false)
    guard input[0] % groups == 0 else {
      throw LayerError(
        "the \(input[0]) channels of the input \(input) cannot be divided by \(groups) groups")
    }
    guard outputChannels % groups == 0 else {
      throw LayerError("\(outputChannels) output channels cannot be divided by \(groups) groups")
    }
    return [outputChannels, geometry.output.height, geometry.output.width]
  }

  public func withOutputs(_ count: Int) -> Conv2D? {
    var layer = self
    layer.outputChannels = count
    return layer
  }

  /// `weight` `[O, I / groups, KH, KW]` and, with a bias, `bias` `[O]`.
  public func parameters(for inputs: [Shape]) -> [Parameter] {
    let inputChannels = inputs[0][0] / groups
    let window = kernel.height * kernel.width
    let weight = Parameter(
      "weight", shape: [outputChannels, inputChannels, kernel.height, kernel.width],
      initializer: weightInitializer, fanIn: inputChannels * window,
      fanOut: outputChannels * window)
    let bias = Parameter(
      "bias", shape: [outputChannels], initializer: biasInitializer, fanIn: weight.fanIn,
      fanOut: weight.fanOut)
    return hasBias ? [weight, bias] : [weight]
  }

  public func multiplyAdds(for inputs: [Shape]) -> Int {
    guard let output = try? outputShape(for: inputs) else { return 0 }
    return parameters(for: inputs)[0].shape.elementCount * output[1] * output[2]
  }

  public func outputChannels(keeping held: [ChannelSet], inputs: [Shape]) -> ChannelSet? { nil }

  /// Those of the groups that the outputs are in.
  public func inputChannels(for outputs: ChannelSet, inputs: [Shape]) -> [ChannelSet] {
    let groupsTouched = outputs.divided(by: outputChannels / groups)
    return [groupsTouched.multiplied(by: inputs[0][0] / groups)]
  }

  /// Whole groups, or outputs of one group.
  public func slice(_ outputs: ChannelSet, inputs: [Shape]) -> Conv2D? {
    let groupsTouched = outputs.divided(by: outputChannels / groups).count
    guard groupsTouched == 1 || outputs.count == groupsTouched * (outputChannels / groups) else {
      return nil
    }
    var part = self
    part.outputChannels = outputs.count
    part.groups = groupsTouched
    return part
  }

  /// Without groups any slices will do.
  public func slicingProblem(parts: Int, inputs: [Shape]) -> String? {
    if groups == 1 { return nil }
    if groups % parts != 0, parts % groups != 0 {
      return "its \(groups) groups cannot be spread evenly over \(parts) devices"
    }
    return outputChannels % parts == 0
      ? nil
      : "its \(outputChannels) output channels in \(groups) groups cannot be divided by \(parts) devices"
  }

  /// `11×11, 96, stride 4` or `5×5, 256, 2 groups`
  public var notation: LayerNotation? {
    LayerNotation(
      "\(kernel), \(outputChannels)" + (groups == 1 ? "" : ", \(groups) groups"), stride: stride)
  }

  public var backwardReadsInput: Bool { true }

  public var description: String {
    var text = "Conv2D(\(outputChannels), kernel: \(kernel.sourceText)"
    if stride != 1 { text += ", stride: \(stride.sourceText)" }
    if padding != .valid { text += ", padding: \(padding)" }
    if groups != 1 { text += ", groups: \(groups)" }
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

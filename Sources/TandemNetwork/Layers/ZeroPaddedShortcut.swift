import TandemTensor

/// A shortcut without parameters between maps of different size: every `stride`-th row and column
/// of the input, and zeros for the channels that it lacks; `[C, H, W]` → `[channels, ⌈H / s⌉, ⌈W /
/// s⌉]` (option A of He et al. 2015, https://arxiv.org/abs/1512.03385, section 3.3). The zero
/// channels come last.
public struct ZeroPaddedShortcut: Layer {
  public static let kind = "zero-padded-shortcut"
  public static let namePrefix = "shortcut"

  /// Channels of the output, at least as many as the input has.
  public var channels: Int
  public var stride: Int

  public init(_ channels: Int, stride: Int = 1) {
    self.channels = channels
    self.stride = stride
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    try requireMaps(input)
    try requireExtent(Size2D(height: stride, width: stride), "stride")
    guard channels >= input[0], channels <= maximumElements else {
      throw LayerError("\(channels) output channels are fewer than those of the input \(input)")
    }
    return [channels, (input[1] + stride - 1) / stride, (input[2] + stride - 1) / stride]
  }

  public func outputChannels(keeping held: [ChannelSet], inputs: [Shape]) -> ChannelSet? { nil }

  /// Channels of zeros need none.
  public func inputChannels(for outputs: ChannelSet, inputs: [Shape]) -> [ChannelSet] {
    [outputs.intersection(.all(inputs[0][0]))]
  }

  /// A part may have no input at all.
  public func slice(_ outputs: ChannelSet, inputs: [Shape]) -> ZeroPaddedShortcut? { nil }

  public var description: String {
    "ZeroPaddedShortcut(\(channels)" + (stride == 1 ? ")" : ", stride: \(stride))")
  }
}

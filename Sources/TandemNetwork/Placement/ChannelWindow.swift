import TandemTensor

/// Some channels that follow each other, and the others left out. Only the graphs of devices have such layers, no
/// network's description.
public struct ChannelWindow: Layer {
  public static let kind = "channel-window"

  public let channels: Range<Int>

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    Shape([channels.count] + inputs[0].dimensions.dropFirst())
  }

  public var description: String { "ChannelWindow(\(channels))" }
}

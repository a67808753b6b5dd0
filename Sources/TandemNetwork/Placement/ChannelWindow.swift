import TandemTensor

/// Some channels that follow each other, and the others left out. Only the graphs of devices have
/// such layers, no network's description.
package struct ChannelWindow: Layer {
  package static let kind = "channel-window"

  package let channels: Range<Int>

  package func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    Shape([channels.count] + inputs[0].dimensions.dropFirst())
  }

  package var description: String { "ChannelWindow(\(channels))" }
}

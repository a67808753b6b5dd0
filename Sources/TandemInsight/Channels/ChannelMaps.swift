import TandemImage
import TandemTensor

/// What the channels of a layer put out for one image.
package struct ChannelMaps: Sendable {
  package let layer: String
  /// `[C, H, W]`
  package let outputs: Tensor

  /// - Parameter outputs: `[C, H, W]`
  package init(layer: String, outputs: Tensor) {
    precondition(outputs.shape.rank == 3, "\(outputs.shape)")
    self.layer = layer
    self.outputs = outputs
  }

  package var channels: Int { outputs.shape[0] }
  private var places: Int { outputs.shape[1] * outputs.shape[2] }

  private func values(_ channel: Int) -> ArraySlice<Float> {
    outputs.elements[channel * places..<(channel + 1) * places]
  }

  /// Whether a channel is nowhere above 0: behind a ReLU it says nothing of this image.
  package func isDead(_ channel: Int) -> Bool { values(channel).allSatisfy { !($0 > 0) } }

  package var deadChannels: [Int] { (0..<channels).filter(isDead) }

  package var largest: Float { outputs.elements.max() ?? 0 }

  package var mean: Double {
    outputs.elements.reduce(0.0) { $0 + Double($1) } / Double(max(1, outputs.elements.count))
  }

  /// A channel as a picture, dark at its lowest and light at its highest value; one that is the
  /// same everywhere is dark.
  package func picture(_ channel: Int) -> Picture {
    let values = values(channel)
    let low = min(values.min() ?? 0, 0)
    let range = (values.max() ?? 0) - low
    let scaled = values.map { range > 0 && range.isFinite ? ($0 - low) / range : 0 }
    return HeatScale.picture(scaled, width: outputs.shape[2])
  }
}

import TandemTensor

// How layers are cut into slices of output channels. What is here is the default, for layers that
// compute each channel of their output from the same channel of their inputs: activations, pooling,
// dropout, normalization by channel, additions. Other layers say it in their own files.

extension Layer {
  public func outputChannels(
    keeping held: [ChannelSet], inputs: [Shape]
  ) -> ChannelSet? { held[0] }

  public func inputChannels(for outputs: ChannelSet, inputs: [Shape]) -> [ChannelSet] {
    inputs.map { _ in outputs }
  }

  public func slicingProblem(parts: Int, inputs: [Shape]) -> String? { nil }

  public func parameterRows(for outputs: ChannelSet, of parameter: Parameter) -> ChannelSet {
    outputs
  }

  public func slice(_ outputs: ChannelSet, inputs: [Shape]) -> Self? { self }
}

extension NetworkGraph.Node {
  /// Elements of a parameter that belong to a slice of the output channels.
  func elementCount(of parameter: Parameter, for outputs: ChannelSet) -> Int {
    let rows = layer.parameterRows(for: outputs, of: parameter)
    return rows.count * (parameter.shape.elementCount / parameter.shape[0])
  }
}

extension Shape {
  /// Channels of maps `[C, H, W]`, features of a vector `[F]`.
  var channels: Int { dimensions[0] }

  /// Elements that one channel has: H · W, or 1.
  var elementsOfChannel: Int { dimensions.dropFirst().reduce(1, *) }
}

import TandemTensor

/// A convolution whose output maps each see only some of the input maps, by a table: `[C, H, W]` →
/// `[O, H′, W′]`. LeNet-5's layer C3 is one (LeCun et al. 1998, table I): it breaks the symmetry
/// between maps and keeps the number of connections within bounds.
public struct ConnectedConv2D: Layer {
  public static let kind = "connected-conv"
  public static let namePrefix = "conv"

  /// For each output map the input maps that it sees, in ascending order.
  public var connections: [[Int]]
  public var kernel: Size2D
  public var weightInitializer: Initializer
  public var biasInitializer: Initializer

  public init(
    connections: [[Int]], kernel: Size2D, weightInitializer: Initializer = .uniformFanIn,
    biasInitializer: Initializer = .uniformFanIn
  ) {
    self.connections = connections
    self.kernel = kernel
    self.weightInitializer = weightInitializer
    self.biasInitializer = biasInitializer
  }

  public var outputChannels: Int { connections.count }

  /// Pairs of an output and an input map.
  public var connectionCount: Int { connections.reduce(0) { $0 + $1.count } }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    try requirePositive(outputChannels, "the number of output channels")
    try weightInitializer.check("weight")
    try biasInitializer.check("bias")
    let geometry = try PoolGeometry(
      input: input, kernel: kernel, stride: 1, padding: .valid, ceilMode: false)
    for (map, seen) in connections.enumerated() {
      guard !seen.isEmpty, seen == Set(seen).sorted() else {
        throw LayerError(
          "output map \(map) must see one input map or more, each once, in ascending order")
      }
      guard let last = seen.last, seen[0] >= 0, last < input[0] else {
        throw LayerError(
          "output map \(map) sees maps \(seen), but the input \(input) has \(input[0])")
      }
    }
    return [outputChannels, geometry.output.height, geometry.output.width]
  }

  /// `weight` `[connections, KH, KW]`, ordered by output map, then input map, and `bias` `[O]`.
  public func parameters(for inputs: [Shape]) -> [Parameter] {
    // Units have different numbers of inputs; what scales with them takes the mean.
    let window = kernel.height * kernel.width
    let fanIn = max(1, connectionCount * window / outputChannels)
    let fanOut = max(1, connectionCount * window / inputs[0][0])
    return [
      Parameter(
        "weight", shape: [connectionCount, kernel.height, kernel.width],
        initializer: weightInitializer, fanIn: fanIn, fanOut: fanOut),
      Parameter(
        "bias", shape: [outputChannels], initializer: biasInitializer, fanIn: fanIn,
        fanOut: fanOut),
    ]
  }

  public func multiplyAdds(for inputs: [Shape]) -> Int {
    guard let output = try? outputShape(for: inputs) else { return 0 }
    return parameters(for: inputs)[0].shape.elementCount * output[1] * output[2]
  }

  public func outputChannels(keeping held: [ChannelSet], inputs: [Shape]) -> ChannelSet? { nil }

  public func inputChannels(for outputs: ChannelSet, inputs: [Shape]) -> [ChannelSet] {
    let seen = outputs.ranges.joined().flatMap { connections[$0] }
    return [ChannelSet(seen.map { $0..<$0 + 1 })]
  }

  /// Rows of the weights are connections, not output maps.
  /// The maps that are left out are not counted.
  public func slice(_ outputs: ChannelSet, inputs: [Shape]) -> ConnectedConv2D? {
    let seen = Array(inputChannels(for: outputs, inputs: inputs)[0].ranges.joined())
    var part = self
    part.connections = outputs.ranges.joined().map { map in
      connections[map].compactMap { seen.firstIndex(of: $0) }
    }
    return part
  }

  public func parameterRows(for outputs: ChannelSet, of parameter: Parameter) -> ChannelSet {
    guard parameter.name == "weight" else { return outputs }
    func connectionsBefore(_ map: Int) -> Int { connections[..<map].reduce(0) { $0 + $1.count } }
    return ChannelSet(
      outputs.ranges.map {
        connectionsBefore($0.lowerBound)..<connectionsBefore($0.upperBound)
      })
  }

  /// `5×5, 16, 60 connections`
  public var notation: LayerNotation? {
    LayerNotation("\(kernel), \(outputChannels), \(connectionCount) connections")
  }

  public var backwardReadsInput: Bool { true }

  public var description: String {
    var text = "ConnectedConv2D(connections: \(connections), kernel: \(kernel.sourceText)"
    if weightInitializer != .uniformFanIn {
      text += ", weightInitializer: \(weightInitializer.sourceText)"
    }
    if biasInitializer != .uniformFanIn {
      text += ", biasInitializer: \(biasInitializer.sourceText)"
    }
    return text + ")"
  }
}

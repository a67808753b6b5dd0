import TandemNetwork
import TandemReference
import TandemTensor
import Testing

/// What layers say about which input channels an output channel is computed from, against what the
/// naive reference does when one input channel changes.
@Suite struct LayerSlicingTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let layer: any Layer
    let input: Shape
    var testDescription: String { "\(layer) on \(input)" }

    init(_ layer: any Layer, _ input: Shape) {
      self.layer = layer
      self.input = input
    }
  }

  static let cases = [
    Case(Conv2D(6, kernel: 3, padding: 1), [4, 5, 5]),
    Case(Conv2D(6, kernel: 3, groups: 2), [4, 5, 5]),
    Case(Conv2D(8, kernel: 1, groups: 4, bias: false), [4, 3, 3]),
    Case(ConnectedConv2D(connections: [[0, 1], [2], [0, 3], [1, 2, 3]], kernel: 2), [4, 3, 3]),
    Case(Dense(5), [3, 2, 2]), Case(Dense(5), [7]),
    Case(RadialBasisOutput(targets: [[1, -1, 1], [-1, -1, 1]]), [3]),
    Case(LocalResponseNorm(alpha: 1, alphaReading: .sum), [8, 2, 2]),
    Case(LocalResponseNorm(alpha: 1, alphaReading: .mean, groups: 2), [8, 2, 2]),
    Case(LocalResponseNorm(size: 3, alpha: 1, alphaReading: .sum, groups: 4), [8, 1, 1]),
    Case(BatchNorm2D(), [4, 3, 3]), Case(TrainableSubsampling(2), [3, 4, 4]),
    Case(MaxPool2D(2), [3, 4, 4]), Case(AveragePool2D(2), [3, 4, 4]),
    Case(GlobalAveragePool2D(), [3, 4, 4]), Case(AdaptiveAveragePool2D(2), [3, 5, 5]),
    Case(ReLU(), [3, 2, 2]), Case(Tanh(), [3, 2, 2]), Case(ScaledTanh(), [4]),
    Case(Sigmoid(), [4]), Case(Softmax(), [4]), Case(Dropout(0), [4]), Case(Flatten(), [3, 2, 2]),
    Case(ZeroPaddedShortcut(6, stride: 2), [3, 4, 4]),
  ]

  @Test(arguments: cases)
  func inputChannelsAreThoseThatMatter(_ test: Case) throws {
    let node = try #require(try graph(of: test).nodes.first)
    let output = node.outputShape
    let perInput = test.input.elementCount / test.input[0]
    let perOutput = output.elementCount / output[0]
    // Large and different, so that maxima and rectifiers let changes through.
    let images = (0..<test.input.elementCount).map { 2 + Double($0 * 37 % 101) / 64 }
    let before = try run(test, images)
    var reached: [Set<Int>] = Array(repeating: [], count: output[0])
    for channel in 0..<test.input[0] {
      var changed = images
      // Not all by as much: a normalization would take that away.
      for element in channel * perInput..<(channel + 1) * perInput {
        changed[element] += 0.25 * Double(1 + element % 3)
      }
      let after = try run(test, changed)
      for element in before.indices where before[element] != after[element] {
        reached[element / perOutput].insert(channel)
      }
    }
    for channel in 0..<output[0] {
      let said = node.layer.inputChannels(
        for: ChannelSet(channel..<channel + 1), inputs: node.inputShapes)[0]
      #expect(Set(said.ranges.joined()) == reached[channel], "output channel \(channel)")
    }
    // Of several output channels: those of each.
    let several = ChannelSet([0..<1, output[0] - 1..<output[0]])
    let said = node.layer.inputChannels(for: several, inputs: node.inputShapes)[0]
    #expect(Set(said.ranges.joined()) == reached[0].union(reached[output[0] - 1]))
  }

  /// Whoever has the channels that a layer keeps can compute what it says without any others.
  @Test(arguments: cases)
  func keptChannelsNeedNoOthers(_ test: Case) throws {
    let node = try #require(try graph(of: test).nodes.first)
    if node.layer is LocalResponseNorm || node.layer is Softmax { return }
    for slice in [0..<1, 0..<test.input[0], 1..<test.input[0]] {
      let held = ChannelSet(slice)
      guard let kept = node.layer.outputChannels(keeping: [held], inputs: node.inputShapes) else {
        continue
      }
      #expect(node.layer.inputChannels(for: kept, inputs: node.inputShapes) == [held])
    }
  }

  /// Every row of every parameter belongs to one output channel.
  @Test(arguments: cases)
  func rowsOfParametersAreDividedAmongChannels(_ test: Case) throws {
    let node = try #require(try graph(of: test).nodes.first)
    for parameter in node.parameters {
      let rows = (0..<node.outputShape[0]).map {
        node.layer.parameterRows(for: ChannelSet($0..<$0 + 1), of: parameter)
      }
      #expect(rows.flatMap { $0.ranges.joined() } == Array(0..<parameter.shape[0]))
    }
  }

  @Test func joiningKeepsAllBranches() {
    let shapes: [Shape] = [[4, 2, 2], [6, 2, 2]]
    let held = [ChannelSet(2..<4), ChannelSet(0..<3)]
    let joined = Concatenation().outputChannels(keeping: held, inputs: shapes)
    #expect(joined == ChannelSet(2..<7))
    #expect(Concatenation().inputChannels(for: ChannelSet(2..<7), inputs: shapes) == held)
    let apart = [ChannelSet(0..<2), ChannelSet(0..<3)]
    let gap = Concatenation().outputChannels(keeping: apart, inputs: shapes)
    #expect(gap == ChannelSet([0..<2, 4..<7]))
    #expect(
      Concatenation().inputChannels(for: ChannelSet([0..<2, 4..<7]), inputs: shapes) == apart)
  }

  /// Every kind of layer is among the cases, or has its own.
  @Test func allKindsAreTested() {
    let tested = Set(Self.cases.map { ObjectIdentifier(type(of: $0.layer)) })
    let others: [any Layer.Type] = [Concatenation.self, Addition.self]
    for kind in LayerKinds.all
    where !others.contains(where: { ObjectIdentifier($0) == ObjectIdentifier(kind) }) {
      #expect(tested.contains(ObjectIdentifier(kind)), "\(kind)")
    }
  }

  private func graph(of test: Case) throws -> NetworkGraph {
    try Network(
      name: "single", inputShape: test.input,
      elements: [NetworkElement(.layer(AnyLayer(test.layer)))]
    ).graph()
  }

  /// The layer alone, as at inference, with parameters of which none is 0.
  private func run(_ test: Case, _ images: [Double]) throws -> [Double] {
    let graph = try graph(of: test)
    var parameters: [String: [Double]] = [:]
    for entry in graph.parameterLayout.entries {
      parameters[entry.name] = (0..<entry.elementCount).map { 0.5 + Double($0 * 29 % 31) / 32 }
    }
    return ReferenceNetwork(graph).forward(
      images: images, count: 1, parameters: parameters, dropout: nil)[0]
  }
}

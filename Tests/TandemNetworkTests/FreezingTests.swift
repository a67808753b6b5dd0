import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

@Suite struct FreezingTests {
  static let network = Network("blocks", input: [3, 8, 8]) {
    Block("features") {
      Conv2D(4, kernel: 3, padding: 1)
      BatchNorm2D()
      ReLU()
      Auxiliary(weight: 0.3) { Dense(5) }
      Conv2D(6, kernel: 3, padding: 1)
      BatchNorm2D()
    }
    Dense(5)
  }

  private func names(_ pattern: String) throws -> [String] {
    try Self.network.graph().trainedNames(matching: NamePattern(pattern))
  }

  @Test func patternsChooseParametersLayersAndBlocks() throws {
    #expect(
      try names("features.conv1") == ["features.conv1.weight", "features.conv1.bias"])
    #expect(try names("features.*") == names("features"))
    #expect(try names("features").count == 10)
    #expect(try names("*.bn?.bias") == ["features.bn1.bias", "features.bn2.bias"])
    #expect(try names("dense[0-9].weight") == ["dense1.weight"])
    #expect(try names("*").count == 12)
    // A block's name is whole.
    #expect(throws: UnknownName.self) { try names("feature") }
    // Running statistics follow from their layers.
    #expect(throws: UnknownName.self) { try names("features.bn1.running_mean") }
    #expect(NamePattern.paths(of: "a.b1.weight") == ["a", "a.b1", "a.b1.weight"])
  }

  @Test func unknownNamesComeWithTheNearest() throws {
    let error = try #require(throws: UnknownName.self) { try names("featurs.conv1.*") }
    #expect(error.name == "featurs.conv1.*")
    #expect(error.nearest.first == "features.conv1")
  }

  @Test func allBeforeALayerOrBlock() throws {
    let graph = try Self.network.graph()
    #expect(try graph.trainedNames(before: "features.conv1") == [])
    #expect(
      try graph.trainedNames(before: "features.conv2") == [
        "features.conv1.weight", "features.conv1.bias", "features.bn1.weight",
        "features.bn1.bias", "features.auxiliary1.dense1.weight",
        "features.auxiliary1.dense1.bias",
      ])
    #expect(try graph.trainedNames(before: "features") == [])
    #expect(try graph.trainedNames(before: "dense1").count == 10)
    #expect(throws: UnknownName.self) { try graph.trainedNames(before: "conv9") }
  }

  @Test func pathsNameLayersAndTheEndsOfBlocks() throws {
    let graph = try Self.network.graph()
    #expect(try graph.node(at: "features.conv2", last: true).name == "features.conv2")
    #expect(try graph.node(at: "features", last: true).name == "features.bn2")
    #expect(try graph.node(at: "features", last: false).name == "features.conv1")
  }

  @Test func whatIsFrozenStandsBehindAllThatChanges() throws {
    let graph = try Self.network.graph()
    let frozen = graph.freezing([
      "features.conv1.weight", "features.conv1.bias", "features.bn1.weight", "features.bn1.bias",
      "features.bn2.weight",
    ])
    let layout = frozen.parameterLayout
    #expect(
      layout.frozenEntries.map(\.name) == [
        "features.bn2.weight", "features.bn1.weight", "features.bn1.bias",
        "features.bn1.running_mean", "features.bn1.running_var", "features.conv1.weight",
        "features.conv1.bias",
      ])
    // Half a normalization still follows its images.
    #expect(
      layout.statisticEntries.map(\.name) == [
        "features.bn2.running_mean", "features.bn2.running_var",
      ])
    #expect(layout.changingElementCount == layout.frozenEntries.first?.offset)
    #expect(layout.elementCount == graph.parameterLayout.elementCount)
    #expect(layout.changing.entries.count + 7 == layout.entries.count)
    #expect(layout.changing.frozenEntries.isEmpty)
    #expect(graph.parameterLayout.changing == graph.parameterLayout)
    #expect(graph.parameterLayout.frozenEntries.isEmpty)

    #expect(frozen.nodes.filter { $0.layer is FrozenBatchNorm2D }.map(\.name) == ["features.bn1"])
    #expect(frozen.nodes.filter(\.layer.needsWholeBatch).map(\.name) == ["features.bn2"])
    // Backward ends at the second convolution, which needs no gradient of its input.
    let wanted = frozen.sourcesWithGradient()
    let first = try #require(frozen.nodes.first { wanted.contains(.node($0.index)) })
    #expect(first.name == "features.auxiliary1.dense1")
    #expect(!wanted.contains(.node(try frozen.node(at: "features.relu1", last: true).index)))
    #expect(
      graph.trainingMultiplyAdds - frozen.trainingMultiplyAdds
        == 4 * 3 * 9 * 64 + 6 * 4 * 9 * 64 + 5 * 4 * 64)
  }

  @Test func normalizationsThatAreFrozenPassGradientsOnWhereTheseAreWanted() throws {
    let frozen = try Self.network.graph().freezing(["features.bn2.weight", "features.bn2.bias"])
    let layer = try #require(
      frozen.node(at: "features.bn2", last: true).layer as? FrozenBatchNorm2D)
    #expect(layer.passesGradient)
    #expect(layer.description == "BatchNorm2D()")
  }

  @Test func theHeadIsTheLastLayerWithWeightsOfEachOutput() throws {
    #expect(
      try Self.network.graph().headNodes.map(\.name) == ["features.auxiliary1.dense1", "dense1"])
    let googLeNet = try Zoo.network(named: "googlenet").graph()
    #expect(googLeNet.headNodes.count == 3)
    #expect(googLeNet.headNodes.allSatisfy { $0.outputShape == [1000] })
    #expect(try Zoo.network(named: "resnet-18").graph().headNodes.map(\.name) == ["fc"])
    #expect(try Zoo.network(named: "vgg-d").graph().headNodes.map(\.name) == ["classifier.6"])
  }
}

import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// Memory and traffic of devices, in closed forms.
@Suite struct DeviceLoadTests {
  private func loads(
    _ model: String, _ mesh: Mesh, _ parallelism: Parallelism, _ step: StepSetting
  ) throws -> [DeviceLoad] {
    DeviceLoad.all(
      try PlacedNetwork(Zoo.network(named: model).graph(), mesh: mesh, parallelism: parallelism),
      step)
  }

  /// Parameters of AlexNet's convolutions: 9.3 of 244 MB.
  private let convolutions =
    96 * 363 + 96 + 256 * 48 * 25 + 256 + 384 * 256 * 9 + 384 + 384 * 192 * 9 + 384
    + 256 * 192 * 9 + 256
  private let all = 60_965_224
  private let batch = StepSetting(batchSize: 128)

  @Test func oneDeviceHasAllAndSendsNothing() throws {
    let graph = try Zoo.network(named: "alexnet").graph()
    for parallelism in Parallelism.allCases {
      let load = try #require(
        try loads("alexnet", Mesh(data: 1, model: 1), parallelism, batch).first)
      #expect(load.parameterBytes == 4 * all && load.gradientBytes == 4 * all)
      #expect(load.optimizerStateBytes == 4 * all)
      #expect(load.activationBytes == 128 * NetworkSummary(graph).activationBytes)
      #expect(load.assembledBytes == 0 && load.bytesSent == 0)
      #expect(load.exchangedGradientBytes == 0)
    }
  }

  /// Half of everything, and activations at the paper's crossings.
  @Test func twoTowersHaveHalfEach() throws {
    let alone = try loads("alexnet", Mesh(data: 1, model: 1), .model, batch)[0]
    let loads = try loads("alexnet", Mesh(data: 1, model: 2), .model, batch)
    #expect(loads.count == 2 && loads[0] == loads[1])
    let load = loads[0]
    #expect(load.images == 128 && load.parameterBytes == 2 * all)
    #expect(load.gradientBytes == 2 * all && load.optimizerStateBytes == 2 * all)
    #expect(load.activationBytes * 2 == alone.activationBytes)
    #expect(load.exchangedGradientBytes == 0 && load.gradientBytesSent == 0)
    let crossings = 128 * (128 * 169 + 128 * 36 + 2048 + 2048)
    #expect(load.crossingBytesSentForward == 4 * crossings)
    #expect(load.crossingBytesSentBackward == 4 * crossings)
    // Slices of 1000 classes, of which all devices compute the loss.
    #expect(load.outputBytesSent == 4 * 128 * 500)
    #expect(load.assembledBytes == 2 * 4 * (crossings + 128 * 500))
    #expect(load.bytesSent == 2 * 4 * crossings + 4 * 128 * 500)
  }

  /// 243.9 MB of gradients in data-parallel training, 9.3 MB in the hybrid.
  @Test func hybridExchangesGradientsOfConvolutionsOnly() throws {
    let mesh = Mesh(data: 1, model: 2)
    let data = try loads("alexnet", mesh, .data, batch)[0]
    #expect(data.exchangedGradientBytes == 4 * all && data.gradientBytesSent == 4 * all)
    #expect(data.crossingBytesSent == 0 && data.outputBytesSent == 0)
    #expect(data.optimizerStateBytes == 2 * all)
    let hybrid = try loads("alexnet", mesh, .hybrid, batch)[0]
    #expect(convolutions == 2_334_080)
    #expect(hybrid.exchangedGradientBytes == 9_336_320)
    #expect(hybrid.gradientBytesSent == 9_336_320)
    // The other's 64 images before fc6, half of the features of all images before fc7 and fc8.
    let crossings = 64 * 9216 + 128 * 2048 * 2
    #expect(hybrid.crossingBytesSentForward == 4 * crossings)
    #expect(hybrid.crossingBytesSentBackward == 4 * crossings)
    #expect(hybrid.parameterBytes == 4 * (convolutions + (all - convolutions) / 2))
    #expect(hybrid.ownImages == 64 && hybrid.images == 128)
  }

  /// With four, 3/4 of the gradients go out to their owners and 3/4 of the parameters come back.
  @Test func dataParallelDevicesSendTwiceAllButTheirSlice() throws {
    let loads = try loads("alexnet", Mesh(data: 4, model: 1), .data, batch)
    // Whole slices of each parameter: all of AlexNet's can be divided by four.
    #expect(loads.map(\.gradientBytesSent) == Array(repeating: 4 * 2 * all / 4 * 3, count: 4))
  }

  /// Two groups of two: slices of dense layers are shared by one device of each group.
  @Test func slicesAreExchangedBetweenGroups() throws {
    let load = try loads("alexnet", Mesh(data: 2, model: 2), .hybrid, batch)[3]
    let dense = all - convolutions
    #expect(load.images == 64 && load.ownImages == 32)
    #expect(load.exchangedGradientBytes == 4 * (convolutions + dense / 2))
    #expect(load.gradientBytesSent == 4 * (convolutions / 4 * 3 * 2 + dense / 2))
    #expect(load.optimizerStateBytes == 4 * (convolutions / 4 + dense / 2 / 2))
  }

  /// fc6 of 2 × 64 images: 9216 inputs and 4096 output gradients each instead of 37.7 M products.
  @Test func factorsTravelInPlaceOfGradients() throws {
    let graph = try Zoo.network(named: "alexnet").graph()
    let fc6 = try #require(graph.nodes.first { $0.name == "fc6" })
    let step = StepSetting(batchSize: 128, factoredNodes: [fc6.index])
    let mesh = Mesh(data: 2, model: 1)
    let load = try loads("alexnet", mesh, .data, step)[0]
    let weights = 9216 * 4096
    #expect(load.gradientBytesSent == 4 * (all - weights / 2 + 64 * (9216 + 4096)))
    #expect(load.exchangedGradientBytes == 4 * all)
  }

  /// In K pieces the dense layers keep the activations of one K-th.
  @Test func piecesNeedLessMemory() throws {
    let mesh = Mesh(data: 1, model: 2)
    let whole = try loads("alexnet", mesh, .hybrid, batch)[0]
    let pieces = try loads("alexnet", mesh, .hybrid, StepSetting(batchSize: 128, pieces: 4))[0]
    #expect(pieces.assembledBytes * 4 == whole.assembledBytes)
    #expect(pieces.bytesSent == whole.bytesSent)
    // fc6, relu, dropout, fc7, relu, dropout: 2048 each; 500 classes.
    #expect(
      whole.activationBytes - pieces.activationBytes == 4 * 96 * (6 * 2048 + 500))
  }

  /// Images that cannot be divided evenly: those who have more send more.
  @Test func unevenImages() throws {
    let loads = try loads("alexnet", Mesh(data: 1, model: 2), .hybrid, StepSetting(batchSize: 5))
    #expect(loads.map(\.ownImages) == [3, 2] && loads.map(\.images) == [5, 5])
    let common = 5 * 2048 * 2
    #expect(loads.map(\.crossingBytesSentForward) == [3, 2].map { 4 * ($0 * 9216 + common) })
    #expect(loads.map(\.crossingBytesSentBackward) == [2, 3].map { 4 * ($0 * 9216 + common) })
  }

  /// LeNet-5's third layer: rows of its weights are connections, of which the second half of the
  /// maps has more than the first.
  @Test func connectionsAreDividedByMaps() throws {
    let placed = try PlacedNetwork(
      Zoo.network(named: "lenet-5").graph(), mesh: Mesh(data: 1, model: 2), parallelism: .model)
    let node = try #require(placed.graph.nodes.first { $0.name == "c3" })
    let division = ImageDivision(placed.mesh, batchSize: 1)
    let elements = (0..<2).map { member in
      placed.parameterShares(ofNode: node.index, division, part: 0, member: member)
        .map(\.elements)
    }
    #expect(elements == [[26 * 25, 8], [34 * 25, 8]])
  }

  /// Each device gathers what it needs for the sum, and gives its slice of the result to all.
  @Test func softmaxLayersReadAllFeatures() throws {
    let graph = try Network("soft", input: [6]) {
      Dense(4)
      Softmax()
    }.graph()
    let placed = try PlacedNetwork(graph, mesh: Mesh(data: 1, model: 2), parallelism: .model)
    #expect(placed.crossings.map(\.readers) == [[1]])
    #expect(placed.crossings.map(\.kind) == [.gatherChannels])
    #expect(placed.outputCrossings.map(\.source) == [1])
    let load = DeviceLoad(placed, part: 0, member: 1, StepSetting(batchSize: 5))
    #expect(load.crossingBytesSent == 4 * 2 * (5 * 2) && load.outputBytesSent == 4 * 5 * 2)
  }

  /// Whatever is sent is received, and all parts together have all parameters, for all that can be
  /// placed; those of a single output twice, since that is not cut.
  @Test func devicesTogetherHaveTheNetwork() throws {
    for entry in Zoo.models {
      let graph = try entry.make().graph()
      let alone = DeviceLoad.all(
        try PlacedNetwork(graph, mesh: Mesh(data: 1, model: 1), parallelism: .data), batch)[0]
      let placed = try PlacedNetwork(graph, mesh: Mesh(data: 1, model: 2), parallelism: .model)
      let loads = DeviceLoad.all(placed, batch)
      let last = graph.nodes.last?.parameters.map(\.shape.elementCount).reduce(0, +) ?? 0
      let again = graph.outputShape == [1] ? 4 * last : 0
      #expect(loads.reduce(0) { $0 + $1.parameterBytes } == alone.parameterBytes + again)
      #expect(loads.reduce(0) { $0 + $1.gradientBytes } == alone.gradientBytes + again)
      #expect(
        loads.reduce(0) { $0 + $1.activationBytes } >= alone.activationBytes, "\(entry.name)")
      #expect(loads.allSatisfy { ($0.gradientBytesSent == 0) == (graph.outputShape != [1]) })
    }
  }
}

import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// The placement of AlexNet against figure 2 of Krizhevsky et al. 2012.
@Suite struct AlexNetPlacementTests {
  private func place(
    _ mesh: Mesh, _ parallelism: Parallelism, model: String = "alexnet"
  ) throws -> PlacedNetwork {
    try PlacedNetwork(Zoo.network(named: model).graph(), mesh: mesh, parallelism: parallelism)
  }

  private func names(_ placed: PlacedNetwork, of crossings: [Crossing]) -> [[String]] {
    crossings.map { $0.readers.map { placed.graph.nodes[$0].name } }
  }

  /// "The GPUs communicate only at certain layers": conv3 and the dense layers read both towers.
  @Test func twoDevicesAreThePapersTowers() throws {
    let placed = try place(Mesh(data: 1, model: 2), .model)
    #expect(names(placed, of: placed.crossings) == [["conv3"], ["fc6"], ["fc7"], ["fc8"]])
    #expect(placed.crossings.allSatisfy { $0.kind == .gatherChannels && $0.hasGradient })
    #expect(placed.layers.allSatisfy { $0.placement == .model })
    let maps = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"].map { name in
      placed.graph.nodes.first { $0.name == name }.map { node in
        (0..<2).map { placed.shape(ofNode: node.index, member: $0) }
      }
    }
    let expected: [Shape] = [
      [48, 55, 55], [128, 27, 27], [192, 13, 13], [192, 13, 13], [128, 13, 13], [2048], [2048],
      [500],
    ]
    #expect(maps == expected.map { [$0, $0] })
    // Bytes at batch 128: half of pool2's [256, 13, 13], of pool5's [256, 6, 6], of 4096 twice.
    let division = ImageDivision(placed.mesh, batchSize: 128)
    for member in 0..<2 {
      let received = placed.crossings.map {
        $0.elementsReceived(division, part: 0, member: member)
      }
      #expect(received == [128 * 128 * 169, 128 * 128 * 36, 128 * 2048, 128 * 2048])
      #expect(
        received
          == placed.crossings.map { $0.elementsSent(division, part: 0, member: member) })
    }
  }

  @Test func layersReadTheirTowers() throws {
    let placed = try place(Mesh(data: 1, model: 2), .model)
    for node in placed.graph.nodes {
      guard case .channels(let sets) = placed.layers[node.index].inputs[0] else {
        Issue.record("\(node.name) reads no channels")
        continue
      }
      let channels = node.inputShapes[0][0]
      let readsAll = ["conv1", "conv3", "fc6", "fc7", "fc8"].contains(node.name)
      let expected =
        readsAll
        ? [0..<channels, 0..<channels] : [0..<channels / 2, channels / 2..<channels]
      #expect(sets.map(\.ranges) == expected.map { [$0] }, "\(node.name)")
    }
  }

  /// Convolutions have images of their own; at the first dense layer images are gathered.
  @Test func hybridChangesAtTheFirstDenseLayer() throws {
    let placed = try place(Mesh(data: 1, model: 2), .hybrid)
    #expect(names(placed, of: placed.crossings) == [["fc6"], ["fc7"], ["fc8"]])
    #expect(
      placed.crossings.map(\.kind) == [.gatherImages, .gatherChannels, .gatherChannels])
    for node in placed.graph.nodes {
      let isDense = node.outputShape.rank == 1
      #expect(placed.layers[node.index].placement == (isDense ? .model : .data), "\(node.name)")
    }
    let division = ImageDivision(placed.mesh, batchSize: 128)
    // Each device gets all 9216 features of the other's 64 images.
    #expect(
      placed.crossings[0].elementsReceived(division, part: 0, member: 0) == 64 * 9216)
  }

  @Test func dataParallelNetworksDoNotCross() throws {
    let placed = try place(Mesh(data: 2, model: 2), .data)
    #expect(placed.crossings.isEmpty && placed.outputCrossings.isEmpty)
    #expect(placed.layers.allSatisfy { $0.placement == .data && $0.output == .images })
  }

  @Test func oneDeviceDoesNotCross() throws {
    for parallelism in Parallelism.allCases {
      let placed = try place(Mesh(data: 4, model: 1), parallelism)
      #expect(placed.crossings.isEmpty && placed.outputCrossings.isEmpty)
    }
  }

  /// Two devices for each tower: those of a tower share its maps, before conv2 for instance, and
  /// windows of normalizations reach two maps into the neighbour's.
  @Test func fourDevicesShareTwoTowers() throws {
    let placed = try place(Mesh(data: 1, model: 4), .model)
    #expect(
      names(placed, of: placed.crossings) == [
        ["norm1"], ["conv2"], ["norm2"], ["conv3"], ["conv4"], ["conv5"], ["fc6"], ["fc7"],
        ["fc8"],
      ])
    let some = Crossing.Kind.gatherSomeChannels
    let all = Crossing.Kind.gatherChannels
    #expect(
      placed.crossings.map(\.kind) == [some, some, some, all, some, some, all, all, all])
    let division = ImageDivision(placed.mesh, batchSize: 10)
    for member in 0..<4 {
      let received = placed.crossings.prefix(4).map {
        $0.elementsReceived(division, part: 0, member: member)
      }
      #expect(
        received == [10 * 2 * 3025, 10 * 24 * 729, 10 * 2 * 729, 10 * 192 * 169])
    }
  }

  /// Caffe's variant normalizes across the towers.
  @Test func windowsWithoutGroupsReachIntoTheOtherTower() throws {
    let placed = try place(Mesh(data: 1, model: 2), .model, model: "caffenet")
    #expect(
      names(placed, of: placed.crossings)
        == [["norm1"], ["norm2"], ["conv3"], ["fc6"], ["fc7"], ["fc8"]])
    guard case .channels(let needed) = placed.crossings[0].to else {
      Issue.record("norm1 needs channels")
      return
    }
    #expect(needed == [ChannelSet(0..<50), ChannelSet(46..<96)])
  }

  /// With two data parts each group works on half of the images.
  @Test func dataPartsHaveTheirOwnImages() throws {
    let placed = try place(Mesh(data: 2, model: 2), .model)
    let division = ImageDivision(placed.mesh, batchSize: 128)
    #expect(
      placed.crossings[0].elementsReceived(division, part: 1, member: 1) == 64 * 128 * 169)
  }

  @Test func indivisibleLayersAreRefusedByName() throws {
    #expect(
      errorText { _ = try place(Mesh(data: 1, model: 3), .model) }
        == "network alexnet, layer conv2: its 2 groups cannot be spread evenly over 3 devices "
        + "(mesh 1x3); use a `mesh` with another second number")
    #expect(
      errorText { _ = try place(Mesh(data: 1, model: 1001), .hybrid) }
        == "network alexnet, layer fc8: its 1000 output features are not enough for 1001 devices "
        + "(mesh 1x1001); use a `mesh` whose second number is 1000 or less")
    let grouped = Network("grouped", input: [4, 5, 5]) { Conv2D(6, kernel: 3, groups: 2) }
    #expect(
      errorText {
        _ = try PlacedNetwork(
          grouped.graph(), mesh: Mesh(data: 1, model: 4), parallelism: .model)
      }
        == "network grouped, layer conv1: its 6 output channels in 2 groups cannot be divided by 4 devices "
        + "(mesh 1x4); use a `mesh` with another second number")
  }
}

import Foundation
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// The placement pass on small networks and on the whole zoo.
@Suite struct PlacementTests {
  private let pair = Mesh(data: 1, model: 2)

  private func place(
    _ mesh: Mesh, _ parallelism: Parallelism, input: Shape = [4, 6, 6],
    @NetworkBuilder _ content: () -> [NetworkElement]
  ) throws -> PlacedNetwork {
    try PlacedNetwork(
      Network("small", input: input, content).graph(), mesh: mesh, parallelism: parallelism)
  }

  private func readers(_ placed: PlacedNetwork) -> [[String]] {
    placed.crossings.map { $0.readers.map { placed.graph.nodes[$0].name } }
  }

  /// What has no parameters is computed everywhere while its input is there anyway.
  @Test func imagesNeedNoCrossing() throws {
    let placed = try place(pair, .model) {
      MaxPool2D(2)
      Flatten()
      Dense(6)
      Dense(2)
    }
    #expect(placed.layers.map(\.output).prefix(2) == [.whole, .whole])
    #expect(readers(placed) == [["dense2"]])
    #expect(placed.crossings.map(\.hasGradient) == [true])
  }

  /// A value moves once, however many layers read it; those that read their own part wait for
  /// nobody.
  @Test func branchesShareACrossing() throws {
    let placed = try place(pair, .model) {
      Conv2D(8, kernel: 3, padding: 1)
      Concat("mix") {
        Branch { Conv2D(4, kernel: 1) }
        Branch { Conv2D(6, kernel: 1) }
        Branch { MaxPool2D(3, stride: 1, padding: 1) }
      }
      BatchNorm2D()
      Dense(2)
    }
    #expect(
      readers(placed) == [["mix.branch1.conv1", "mix.branch2.conv1"], ["dense1"]])
    let mix = try #require(placed.graph.nodes.first { $0.name == "mix" })
    // Channels 0–3 are the first branch's, 4–9 the second's, 10–17 the pooled ones.
    #expect(
      placed.channels(ofNode: mix.index, member: 0) == ChannelSet([0..<2, 4..<7, 10..<14]))
    #expect(
      placed.channels(ofNode: mix.index + 1, member: 1) == ChannelSet([2..<4, 7..<10, 14..<18]))
  }

  /// What is gathered for the convolutions is pooled by all, and not gathered once more.
  @Test func pooledBranchesUseWhatIsGathered() throws {
    let placed = try place(pair, .model) {
      Conv2D(8, kernel: 3, padding: 1)
      Concat("mix") {
        Branch { Conv2D(4, kernel: 1) }
        Branch {
          MaxPool2D(3, stride: 1, padding: 1)
          Conv2D(6, kernel: 1)
        }
      }
      Conv2D(2, kernel: 1)
    }
    #expect(readers(placed) == [["mix.branch1.conv1", "mix.branch2.pool1"], ["conv2"]])
    let pool = try #require(placed.graph.nodes.first { $0.layer is MaxPool2D })
    #expect(placed.layers[pool.index].output == .whole)
    #expect(placed.crossings[0].to == .channels([.all(8), .all(8)]))
    // Alone, it pools its own slice, which is smaller to gather.
    let chain = try place(pair, .model) {
      Conv2D(8, kernel: 3, padding: 1)
      MaxPool2D(2)
      Conv2D(6, kernel: 1)
    }
    #expect(chain.layers[1].output == .channels([ChannelSet(0..<4), ChannelSet(4..<8)]))
    #expect(chain.crossings.map(\.source) == [1])
    // Nor where somebody reads the own slice of what is pooled.
    let mixed = try place(pair, .model) {
      Conv2D(8, kernel: 3, padding: 1)
      Concat("mix") {
        Branch { Conv2D(4, kernel: 1) }
        Branch { MaxPool2D(3, stride: 1, padding: 1) }
      }
    }
    #expect(mixed.layers[2].output == .channels([ChannelSet(0..<4), ChannelSet(4..<8)]))
  }

  /// Every module of GoogLeNet gathers its input and the two reduced values, no more.
  @Test func inceptionModulesGatherThreeTimes() throws {
    let placed = try PlacedNetwork(
      Zoo.network(named: "googlenet").graph(), mesh: pair, parallelism: .model)
    for module in ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"] {
      // Auxiliary heads read some of the values first.
      let count = readers(placed).count { names in
        names.contains { $0.hasPrefix("inception\(module).") }
      }
      #expect(count == 3, "\(module)")
    }
  }

  /// The second operand of an addition comes in the first one's slices.
  @Test func additionsTakeEqualSlices() throws {
    let placed = try place(pair, .model) {
      Conv2D(8, kernel: 1)
      Residual("sum") {
        Conv2D(8, kernel: 1)
      } shortcut: {
        Concat("halves") {
          Branch { Conv2D(4, kernel: 1) }
          Branch { Conv2D(4, kernel: 1) }
        }
      }
    }
    let sum = try #require(placed.graph.nodes.first { $0.name == "sum" })
    #expect(placed.channels(ofNode: sum.index, member: 0) == ChannelSet(0..<4))
    // Of 0–1 and 4–5 it has the first two only.
    let crossing = try #require(placed.crossings.last)
    #expect(crossing.readers == [sum.index] && crossing.kind == .gatherSomeChannels)
    let division = ImageDivision(pair, batchSize: 3)
    #expect(crossing.elementsReceived(division, part: 0, member: 0) == 3 * 2 * 36)
  }

  @Test func descriptionsMayPlaceLayers() throws {
    let placed = try place(pair, .data) {
      Conv2D(8, kernel: 1)
      Placed(.model) {
        Conv2D(4, kernel: 1, groups: 2)
        ReLU()
      }
      MaxPool2D(2)
      Placed(.data) { Dense(3) }
    }
    #expect(placed.layers.map(\.placement) == [.data, .model, .model, .model, .data])
    #expect(placed.crossings.map(\.kind) == [.imagesToChannels, .channelsToImages])
    let division = ImageDivision(pair, batchSize: 10)
    // Half of the channels of the other's 5 images; then the other half of the channels of 5
    // images.
    #expect(
      placed.crossings.map { $0.elementsReceived(division, part: 0, member: 1) }
        == [5 * 4 * 36, 5 * 2 * 9])
    #expect(
      placed.crossings.map { $0.elementsSent(division, part: 0, member: 0) }
        == [5 * 4 * 36, 5 * 2 * 9])
    #expect(placed.outputCrossings.isEmpty)
  }

  /// No mesh would help a layer of the program's own that is placed `.model`.
  private struct Whole: OwnLayer {
    static let kind = "whole for placement tests"
    func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { inputs[0] }
    func forward(_ call: ForwardCall) {}
    func backward(_ call: BackwardCall) {}
  }

  @Test func ownLayersPlacedByModelSayWhatHelps() throws {
    let error = #expect(throws: PlacementError.self) {
      _ = try place(pair, .data) {
        Conv2D(4, kernel: 1)
        Placed(.model) { Whole() }
        Dense(3)
      }
    }
    #expect("\(try #require(error))".hasSuffix("(mesh 1x2); place it .data"), "\(error!)")
  }

  @Test func placementsAreStoredAndPrinted() throws {
    let network = Network("placed", input: [1, 4, 4]) {
      Stage("all") {
        Placed(.model) { Dense(4).named("fc") }
      }
      Dense(2)
    }
    let graph = try network.graph()
    #expect(graph.nodes.map(\.name) == ["fc", "dense1"])
    #expect(graph.nodes.map(\.placement) == [.model, nil])
    #expect(graph.nodes.map(\.stage) == ["all", nil])
    #expect("\(network)".contains("    Placed(.model) {\n      Dense(4).named(\"fc\")\n    }\n"))
    let data = try JSONEncoder().encode(network)
    #expect(try JSONDecoder().decode(Network.self, from: data) == network)
    #expect(network.withDropout(0) == network)
  }

  /// Sums of gradients are not needed where nothing before is trained.
  @Test func crossingsOfUntrainedValuesHaveNoGradient() throws {
    let placed = try place(pair, .model) {
      ZeroPaddedShortcut(8)
      Dense(2)
    }
    #expect(placed.crossings.map(\.hasGradient) == [false])
  }

  @Test(arguments: [1, 2, 3, 4, 8])
  func everyNetworkIsPlacedOrRefused(devices: Int) throws {
    for entry in Zoo.models {
      let graph = try entry.make().graph()
      for parallelism in Parallelism.allCases {
        let mesh = Mesh(data: 2, model: devices)
        do {
          check(try PlacedNetwork(graph, mesh: mesh, parallelism: parallelism))
        } catch let error as PlacementError {
          #expect(parallelism != .data && devices > 2, "\(error)")
          #expect(graph.nodes.contains { $0.name == error.layer })
          #expect("\(error)".contains("\(devices)"))
        }
      }
    }
  }

  /// Slices differ by one channel at most.
  @Test func slicesMayBeUneven() throws {
    let placed = try place(Mesh(data: 1, model: 3), .model) {
      Conv2D(8, kernel: 3)
      MaxPool2D(2)
      Dense(4)
      Dense(3)
    }
    let counts = placed.layers.map { layer in
      (0..<3).map { layer.output.channels(ofMember: $0, of: 0).count }
    }
    #expect(counts == [[3, 3, 2], [3, 3, 2], [2, 1, 1], [1, 1, 1]])
    let division = ImageDivision(placed.mesh, batchSize: 5)
    // 5 images of 2×2 elements a channel, then of single features.
    let gathered = placed.crossings.map { crossing in
      (0..<3).map { crossing.elementsReceived(division, part: 0, member: $0) }
    }
    #expect(gathered == [[5 * 4 * 5, 5 * 4 * 5, 5 * 4 * 6], [5 * 2, 5 * 3, 5 * 3]])
    let sent = placed.crossings.map { crossing in
      (0..<3).map { crossing.elementsSent(division, part: 0, member: $0) }
    }
    #expect(sent == [[2 * 60, 2 * 60, 2 * 40], [2 * 10, 2 * 5, 2 * 5]])
  }

  /// What the engine cannot slice is refused with a reason, whatever the mesh.
  @Test(arguments: [2, 3, 4])
  func devicesOfEveryNetworkHaveGraphsOrAReason(devices: Int) throws {
    var refused: [String] = []
    for entry in Zoo.models {
      let graph = try entry.make().graph()
      for parallelism in Parallelism.allCases {
        do {
          let placed = try PlacedNetwork(
            graph, mesh: Mesh(data: 1, model: devices), parallelism: parallelism)
          for member in 0..<devices { _ = try DeviceGraph(placed, member: member) }
        } catch let error as PlacementError {
          #expect(graph.nodes.contains { $0.name == error.layer }, "\(error)")
          refused.append("\(entry.name) \(parallelism) \(error.layer): \(error.problem)")
        }
      }
    }
    // Two outputs, of two classes, are too few for more devices.
    let few = "head-256 hybrid dense2: its 2 output features are not enough for \(devices) devices"
    let others = refused.filter { $0.contains(" data ") || $0.contains(" hybrid ") }
    #expect(others == (devices > 2 ? [few] : []))
    for name in ["lenet ", "simple-convnet ", "vgg-a "] {
      #expect(!refused.contains { $0.hasPrefix(name) }, "\(refused)")
    }
  }

  /// What holds for every placement: slices are disjoint and make up the layer, its parameters are
  /// divided likewise, and whatever a device reads it has or gets.
  private func check(_ placed: PlacedNetwork) {
    let members = 0..<placed.mesh.model
    for node in placed.graph.nodes {
      let layer = placed.layers[node.index]
      if case .channels(let sets) = layer.output {
        let channels = sets.flatMap { $0.ranges.joined() }.sorted()
        #expect(channels == Array(0..<node.outputShape[0]), "\(node.name)")
        for parameter in node.parameters {
          let rows = sets.flatMap {
            node.layer.parameterRows(for: $0, of: parameter).ranges.joined()
          }
          #expect(rows.sorted() == Array(0..<parameter.shape[0]), "\(node.name)")
        }
      }
      for (source, read) in zip(node.inputs, layer.inputs) {
        guard case .node(let index) = source, read != .whole else { continue }
        let from = placed.layers[index].output
        let crossing = placed.crossings.first {
          $0.source == index && $0.readers.contains(node.index)
        }
        let available = crossing?.to ?? from
        for member in members {
          let channels = placed.graph.nodes[index].outputShape[0]
          #expect(
            read.channels(ofMember: member, of: channels).isSubset(
              of: available.channels(ofMember: member, of: channels)), "\(node.name)")
        }
        if case .images = read, case .channels = available {
          #expect(placed.mesh.model == 1, "\(node.name) reads images, but gets channels")
        }
      }
    }
    let division = ImageDivision(placed.mesh, batchSize: 12 * placed.mesh.model)
    for crossing in placed.crossings {
      let received = members.map { crossing.elementsReceived(division, part: 1, member: $0) }
      let sent = members.map { crossing.elementsSent(division, part: 1, member: $0) }
      #expect(received.reduce(0, +) == sent.reduce(0, +))
      #expect(received.contains { $0 > 0 })
    }
  }
}

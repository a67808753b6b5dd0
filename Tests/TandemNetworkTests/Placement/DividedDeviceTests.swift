import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// Where a device's graph is cut so that dense layers can compute a mini-batch in pieces.
@Suite struct DividedDeviceTests {
  private let pair = Mesh(data: 1, model: 2)

  private func place(
    _ parallelism: Parallelism = .hybrid, @NetworkBuilder _ content: () -> [NetworkElement]
  ) throws -> PlacedNetwork {
    try PlacedNetwork(
      Network("small", input: [4, 6, 6], content).graph(), mesh: pair, parallelism: parallelism)
  }

  private func problem(_ placed: PlacedNetwork) -> (layer: String, text: String)? {
    do {
      try placed.checkPieces()
      return nil
    } catch let error as PlacementError {
      return (error.layer, "\(error)")
    } catch {
      return ("", "\(error)")
    }
  }

  @Test func cutsWhereImagesAreGathered() throws {
    let placed = try place {
      Conv2D(8, kernel: 3)
      BatchNorm2D()
      Dropout(0.1)
      Dense(6)
      Dropout(0.2)
      Dense(4)
    }
    for member in 0..<2 {
      let whole = try DeviceGraph(placed, member: member)
      let device = try DividedDevice(whole)
      let (front, back) = (device.front, device.back)
      #expect(front.nodes.map(\.name) == ["conv1", "bn1", "dropout1"])
      #expect(front.outputShape == [8, 4, 4])
      #expect(back.graph.inputShape == [8, 4, 4])
      #expect(back.graph.nodes.map(\.index) == Array(0..<back.graph.nodes.count))
      #expect(back.graph.nodes[0].layer is CrossingLayer)
      #expect(back.graph.nodes[0].inputs == [.networkInput])
      #expect(back.graph.outputShape == [4])
      #expect(back.readsOwnImages && !back.hasOwnImages.contains(true))
      #expect(back.dropoutsBefore == 1)

      // Places in the arena are those of the whole network; backward goes from its beginning.
      let entries = back.graph.parameterLayout.entries + front.parameterLayout.entries
      #expect(entries.map(\.name) == whole.graph.parameterLayout.entries.map(\.name))
      #expect(entries.map(\.range) == whole.graph.parameterLayout.entries.map(\.range))
      for entry in back.graph.parameterLayout.entries {
        #expect(
          back.graph.nodes[entry.nodeIndex].parameters.contains { $0.name == entry.parameter.name })
      }
      let first = try #require(front.parameterLayout.entries.first)
      #expect(back.graph.parameterLayout.elementCount == first.offset)
      #expect(front.parameterLayout.elementCount == whole.graph.parameterLayout.elementCount)
    }
  }

  @Test func namesTheLayerThatIsInTheWay() throws {
    let model = try #require(
      problem(
        place(.model) {
          Conv2D(8, kernel: 3)
          Dense(4)
        }))
    #expect(model.layer == "dense1" && model.text.contains("use `parallelism` hybrid"))
    let dense = try #require(
      problem(
        place {
          Dense(6)
          Dense(4)
        }))
    #expect(dense.layer == "dense2")
    let back = try #require(
      problem(
        place {
          Conv2D(8, kernel: 3)
          Dense(6)
          Placed(.data) { Dense(4) }
        }))
    #expect(back.layer == "dense2" && back.text.contains("own images behind"))
    let norm = try #require(
      problem(
        place {
          Conv2D(8, kernel: 3)
          Placed(.model) {
            Conv2D(8, kernel: 3)
            BatchNorm2D()
          }
          Dense(4)
        }))
    #expect(norm.layer == "bn1" && norm.text.contains("normalizes over all images"))
    let auxiliary = try #require(
      problem(
        place {
          Conv2D(8, kernel: 3)
          Auxiliary("side", weight: 0.3) {
            GlobalAveragePool2D()
            Dense(4)
          }
          Dense(4)
        }))
    #expect(auxiliary.layer == "side.dense1" && auxiliary.text.contains("auxiliary output"))
  }

  /// Which networks of the zoo can be computed in pieces does not change unnoticed.
  @Test func zoo() throws {
    func canBeCut(_ name: String) throws -> Bool {
      let graph = try Zoo.network(named: name, input: nil, classes: nil, width: 1).graph()
      return try problem(PlacedNetwork(graph, mesh: pair, parallelism: .hybrid)) == nil
    }
    for name in ["alexnet", "vgg-a", "lenet", "resnet-18"] {
      #expect(try canBeCut(name), "\(name)")
    }
    for name in ["googlenet", "mlp"] { #expect(try !canBeCut(name), "\(name)") }
  }
}

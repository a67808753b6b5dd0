import TandemNetwork
import TandemTensor
import Testing

/// Each form of the result builder keeps exactly the layers it should.
@Suite struct BuilderTests {
  private func names(@NetworkBuilder _ content: () -> [NetworkElement]) throws -> [String] {
    try Network("test", input: [2, 8, 8], content).graph().nodes.map(\.name)
  }

  @Test func layersStayInOrder() throws {
    let found = try names {
      ReLU()
      Conv2D(3, kernel: 3)
      Tanh()
      Dense(4)
    }
    #expect(found == ["relu1", "conv1", "tanh1", "dense1"])
  }

  @Test func moreLayersThanATupleHasPlacesFor() throws {
    let found = try names {
      ReLU()
      ReLU()
      ReLU()
      ReLU()
      ReLU()
      ReLU()
      ReLU()
      ReLU()
      ReLU()
      ReLU()
      ReLU()
      ReLU()
    }
    #expect(found.count == 12)
    #expect(found.last == "relu12")
  }

  @Test(arguments: [true, false]) func ifWithoutElse(condition: Bool) throws {
    let found = try names {
      Conv2D(3, kernel: 3)
      if condition {
        Dropout(0.5)
        ReLU()
      }
      Dense(4)
    }
    #expect(found == (condition ? ["conv1", "dropout1", "relu1", "dense1"] : ["conv1", "dense1"]))
  }

  @Test(arguments: [true, false]) func ifWithElse(condition: Bool) throws {
    let found = try names {
      if condition {
        ReLU()
        Conv2D(3, kernel: 3)
      } else {
        Tanh()
      }
      Dense(4)
    }
    #expect(found == (condition ? ["relu1", "conv1", "dense1"] : ["tanh1", "dense1"]))
  }

  @Test(arguments: [0, 1, 2]) func switchOverThreeCases(choice: Int) throws {
    let found = try names {
      switch choice {
      case 0: ReLU()
      case 1: Tanh()
      default:
        Sigmoid()
        Dense(3)
      }
    }
    #expect(found == [["relu1"], ["tanh1"], ["sigmoid1", "dense1"]][choice])
  }

  @Test(arguments: [2, 9]) func optionalBinding(value: Int?) throws {
    let outputs: Int? = value == 9 ? nil : value
    let found = try names {
      if let outputs { Dense(outputs) }
      Flatten()
    }
    #expect(found == (value == 9 ? ["flatten1"] : ["dense1", "flatten1"]))
  }

  @Test func forLoopKeepsEveryRound() throws {
    let graph = try Network("test", input: [2, 8, 8]) {
      for channels in [3, 5, 7] {
        Conv2D(channels, kernel: 3, padding: 1)
        if channels != 5 { ReLU() }
      }
    }.graph()
    #expect(graph.nodes.map(\.name) == ["conv1", "relu1", "conv2", "conv3", "relu2"])
    #expect(graph.nodes.map { $0.outputShape[0] } == [3, 3, 5, 7, 7])
  }

  @Test func arraysOfOneTypeAndOfMixedTypes() throws {
    let convolutions = [Conv2D(3, kernel: 1), Conv2D(4, kernel: 1)]
    let mixed: [any NetworkComponent] = [ReLU(), Dense(3), Tanh().named("last")]
    let found = try names {
      convolutions
      mixed
    }
    #expect(found == ["conv1", "conv2", "relu1", "dense1", "last"])
  }

  @Test func limitedAvailability() throws {
    let found = try names {
      if #available(macOS 26, *) { ReLU() }
      Dense(2)
    }
    #expect(found == ["relu1", "dense1"])
  }

  @Test(arguments: [true, false]) func branchesTakeTheSameForms(condition: Bool) throws {
    let graph = try Network("test", input: [2, 8, 8]) {
      Concat {
        Branch { Conv2D(1, kernel: 1) }
        if condition {
          Branch { Conv2D(2, kernel: 1) }
        }
        if condition {
          Branch { Conv2D(3, kernel: 1) }
        } else {
          Branch("other") { Conv2D(4, kernel: 1) }
        }
        for channels in [5, 6] {
          Branch { Conv2D(channels, kernel: 1) }
        }
        [7, 8].map { channels in Branch { Conv2D(channels, kernel: 1) } }
      }
    }.graph()
    let expected = condition ? [1, 2, 3, 5, 6, 7, 8] : [1, 4, 5, 6, 7, 8]
    #expect(graph.nodes.dropLast().map { $0.outputShape[0] } == expected)
    #expect(graph.outputShape == [expected.reduce(0, +), 8, 8])
    #expect(graph.nodes[1].name == (condition ? "concat1.branch2.conv1" : "concat1.other.conv1"))
  }
}

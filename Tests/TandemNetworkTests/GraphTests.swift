import TandemNetwork
import TandemTensor
import Testing

@Suite struct GraphTests {
  @Test func aChainReadsTheNodeBefore() throws {
    let graph = try Network("chain", input: [3, 16, 16]) {
      Conv2D(8, kernel: 3)
      ReLU()
      MaxPool2D(2)
      Conv2D(4, kernel: 3)
      AveragePool2D(5)
      Dense(10)
    }.graph()
    #expect(graph.nodes.map(\.index) == [0, 1, 2, 3, 4, 5])
    #expect(graph.nodes.map(\.name) == ["conv1", "relu1", "pool1", "conv2", "pool2", "dense1"])
    #expect(
      graph.nodes.map(\.inputs)
        == [[.networkInput], [.node(0)], [.node(1)], [.node(2)], [.node(3)], [.node(4)]])
    #expect(
      graph.nodes.map(\.outputShape)
        == [[8, 14, 14], [8, 14, 14], [8, 7, 7], [4, 5, 5], [4, 1, 1], [10]])
    #expect(graph.nodes[3].inputShapes == [[8, 7, 7]])
    #expect(graph.outputShape == [10])
  }

  @Test func branchesReadTheSameInputAndAreJoinedInOrder() throws {
    let graph = try Network("branches", input: [3, 8, 8]) {
      ReLU()
      Concat("inception") {
        Branch {
          Conv2D(4, kernel: 1)
          ReLU()
        }
        Branch("pool") { MaxPool2D(3, stride: 1, padding: 1) }
        Branch { Conv2D(5, kernel: 3, padding: .same) }
      }
      Dense(2)
    }.graph()
    #expect(
      graph.nodes.map(\.name) == [
        "relu1", "inception.branch1.conv1", "inception.branch1.relu1", "inception.pool.pool1",
        "inception.branch2.conv1", "inception", "dense1",
      ])
    #expect(graph.nodes[1].inputs == [.node(0)])
    #expect(graph.nodes[3].inputs == [.node(0)])
    #expect(graph.nodes[4].inputs == [.node(0)])
    #expect(graph.nodes[5].inputs == [.node(2), .node(3), .node(4)])
    #expect(graph.nodes[5].layer is Concatenation)
    #expect(graph.nodes[5].inputShapes == [[4, 8, 8], [3, 8, 8], [5, 8, 8]])
    #expect(graph.nodes[5].outputShape == [12, 8, 8])
  }

  @Test func aShortcutIsAdded() throws {
    let graph = try Network("residual", input: [3, 8, 8]) {
      Residual {
        Conv2D(6, kernel: 3, stride: 2, padding: 1)
        ReLU()
        Conv2D(6, kernel: 3, padding: 1)
      } shortcut: {
        Conv2D(6, kernel: 1, stride: 2)
      }
      Residual("second", shortcutName: "downsample") {
        Tanh()
      } shortcut: {
        Block("0") { Conv2D(6, kernel: 1).named("conv") }
      }
    }.graph()
    #expect(
      graph.nodes.map(\.name) == [
        "residual1.conv1", "residual1.relu1", "residual1.conv2", "residual1.shortcut.conv1",
        "residual1", "second.tanh1", "second.downsample.0.conv", "second",
      ])
    #expect(graph.nodes[3].inputs == [.networkInput])
    #expect(graph.nodes[4].inputs == [.node(2), .node(3)])
    #expect(graph.nodes[4].layer is Addition)
    #expect(graph.nodes[6].inputs == [.node(4)])
    #expect(graph.nodes[7].inputs == [.node(5), .node(6)])
    #expect(graph.outputShape == [6, 4, 4])
    #expect(
      graph.parameterLayout.entries.map(\.name).contains("second.downsample.0.conv.weight"))
  }

  @Test func anIdentityShortcutAddsTheInputItself() throws {
    let graph = try Network("identity", input: [3, 8, 8]) {
      Residual { Conv2D(3, kernel: 3, padding: 1) }
      Residual { ReLU() }
    }.graph()
    #expect(
      graph.nodes.map(\.name) == ["residual1.conv1", "residual1", "residual2.relu1", "residual2"])
    #expect(graph.nodes[1].inputs == [.node(0), .networkInput])
    #expect(graph.nodes[3].inputs == [.node(2), .node(1)])
  }

  @Test func blocksScopeNamesWithoutNodes() throws {
    let graph = try Network("blocks", input: [3, 8, 8]) {
      Block {
        Conv2D(2, kernel: 1)
        Block("inner") { Conv2D(2, kernel: 1) }
      }
      Block { Conv2D(2, kernel: 1) }
      Block("stem") { Conv2D(2, kernel: 1) }
      Conv2D(2, kernel: 1)
    }.graph()
    #expect(
      graph.nodes.map(\.name)
        == ["block1.conv1", "block1.inner.conv1", "block2.conv1", "stem.conv1", "conv1"])
    #expect(
      graph.nodes.map(\.inputs).dropFirst() == [[.node(0)], [.node(1)], [.node(2)], [.node(3)]])
  }

  @Test func automaticNumbersSkipExplicitNamesWhereverTheyStand() throws {
    let graph = try Network("names", input: [3, 8, 8]) {
      Conv2D(2, kernel: 1)
      Conv2D(2, kernel: 1)
      Conv2D(2, kernel: 1).named("conv2")
      Conv2D(2, kernel: 1).named("conv1")
      MaxPool2D(2)
      AveragePool2D(2)
      GlobalAveragePool2D()
    }.graph()
    #expect(
      graph.nodes.map(\.name) == ["conv3", "conv4", "conv2", "conv1", "pool1", "pool2", "pool3"])
  }

  @Test func featuresAreAnInputToo() throws {
    let graph = try Network("features", input: [20]) {
      Dense(4)
      Concat {
        Branch { Dense(3) }
        Branch { Tanh() }
      }
    }.graph()
    #expect(graph.outputShape == [7])
  }

  // MARK: Errors

  private func message(
    _ input: Shape = [3, 8, 8], @NetworkBuilder _ content: () -> [NetworkElement]
  ) -> String {
    errorText { _ = try Network("bad", input: input, content).graph() }
  }

  @Test func errorsNameThePathAndBothShapes() {
    #expect(
      message([6, 12, 12]) {
        Conv2D(6, kernel: 5)
        MaxPool2D(2)
        Conv2D(6, kernel: 5)
      }
        == "network bad, layer conv2: kernel 5×5 does not fit the input [6, 4, 4]; "
        + "use a smaller kernel, more padding or larger images")
    #expect(
      message {
        Residual("layer1") {
          Conv2D(6, kernel: 3)
        } shortcut: {
          Conv2D(6, kernel: 1)
        }
      }
        == "network bad, layer layer1: cannot add [6, 6, 6] and [6, 8, 8]: "
        + "both branches must end in the same shape")
    #expect(
      message {
        Block("stem") {
          Concat {
            Branch { Conv2D(6, kernel: 3) }
            Branch { ReLU() }
          }
        }
      }
        == "network bad, layer stem.concat1: cannot join [6, 6, 6] and [3, 8, 8]: "
        + "branches may differ in the first number only")
  }

  @Test func emptyParts() {
    #expect(message {} == "network bad has no layers; give it at least one")
    #expect(
      message { Block("stem") {} }
        == "network bad, stem: the branch has no layers; remove it or give it at least one")
    #expect(
      message {
        Concat {
          Branch { ReLU() }
          Branch {}
        }
      }
        == "network bad, concat1.branch2: the branch has no layers; remove it or give it at least one"
    )
    #expect(
      message {
        Residual {
        } shortcut: {
          ReLU()
        }
      }
        == "network bad, residual1: the branch has no layers; remove it or give it at least one")
    #expect(
      message { Concat { Branch { ReLU() } } }
        == "network bad, concat1: joins 1 branches; use two or more, or a Block")
    #expect(
      message { Concat {} } == "network bad, concat1: joins 0 branches; use two or more, or a Block"
    )
  }

  @Test func duplicateNames() {
    #expect(
      message {
        ReLU().named("a")
        Tanh().named("a")
      } == "network bad: the name a is used twice; rename one of the two")
    #expect(
      message {
        Concat("c") {
          Branch("x") { ReLU() }
          Branch("x") { ReLU() }
        }
      } == "network bad: the name c.x is used twice; rename one of the two")
    #expect(
      message {
        Residual("r") {
          ReLU().named("shortcut")
        } shortcut: {
          ReLU()
        }
      } == "network bad: the name r.shortcut is used twice; rename one of the two")
    #expect(
      message {
        Block("a") { ReLU().named("x") }
        Block("b") { ReLU().named("x") }
      } == "no error")
  }

  @Test(arguments: ["", "a.b", "a b", "é", "a/b"]) func invalidNames(name: String) {
    #expect(
      message { Block("stem") { ReLU().named(name) } }
        == "network bad, stem: the name \"\(name)\" must consist of letters, digits, _ and -")
  }

  @Test(arguments: [[], [3, 8], [1, 3, 8, 8], [0], [3, 0, 8], [-1], [3, 1 << 40, 1 << 40]])
  func invalidInputShapes(dimensions: [Int]) {
    let shape = Shape(dimensions)
    #expect(
      message(shape) { ReLU() }
        == "network bad: the input shape \(shape) is neither [C, H, W] nor [F] with positive, "
        + "reasonable sizes")
  }

  @Test func absurdSizesAreErrors() {
    #expect(
      message([60_000, 100, 100]) { Dense(2_000_000_000) }
        == "network bad, layer dense1: the parameter weight [2000000000, 600000000] has more than "
        + "2147483647 elements; use smaller sizes")
    #expect(
      message([3, 3_000, 3_000]) { Conv2D(2_000_000_000, kernel: 1) }
        == "network bad, layer conv1: the output [2000000000, 3000, 3000] has more than "
        + "2147483647 elements; use smaller sizes")
  }

  @Test func joinsOutsideTheirContainers() {
    #expect(
      message { Addition() }
        == "network bad, layer addition1: adds two or more branches, but has 1; use Residual { … }")
    #expect(
      message { Concatenation() }
        == "network bad, layer concatenation1: joins two or more branches, but has 1; use Concat { … }"
    )
  }
}

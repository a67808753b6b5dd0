import TandemNetwork
import TandemTensor
import Testing

@Suite struct NetworkDescriptionTests {
  @Test func printsTheSourceThatMakesIt() {
    let network = Network("net", input: [3, 8, 8]) {
      Conv2D(4, kernel: 3, padding: 1).named("stem")
      Block("body") {
        Concat {
          Branch { ReLU() }
          Branch("pooled") { MaxPool2D(3, stride: 1, padding: 1) }
        }
      }
      Residual { Tanh() }
      Residual("last", shortcutName: "downsample") {
        Tanh()
      } shortcut: {
        Sigmoid()
      }
      Dense(10)
    }
    #expect(
      "\(network)" == """
        Network("net", input: [3, 8, 8]) {
          Conv2D(4, kernel: 3, padding: 1).named("stem")
          Block("body") {
            Concat {
              Branch {
                ReLU()
              }
              Branch("pooled") {
                MaxPool2D(3, stride: 1, padding: 1)
              }
            }
          }
          Residual {
            Tanh()
          }
          Residual("last", shortcutName: "downsample") {
            Tanh()
          } shortcut: {
            Sigmoid()
          }
          Dense(10)
        }
        """)
  }
}

@Suite struct WithDropoutTests {
  private let network = Network("net", input: [3, 8, 8]) {
    Dropout(0.1)
    Conv2D(4, kernel: 3, padding: 1)
    Block {
      Dropout(0.2).named("second")
      ReLU()
    }
    Concat {
      Branch { Dropout(0.3) }
      Branch {
        Tanh()
        Dropout(0.4)
      }
    }
    Residual {
      Dropout(0.5)
      Tanh()
    } shortcut: {
      Dropout(0.6)
    }
    Dense(10)
  }

  private func rates(_ network: Network) throws -> [Float] {
    try network.graph().nodes.compactMap { ($0.layer as? Dropout)?.rate }
  }

  @Test func replacesEveryRateAndKeepsNames() throws {
    let changed = network.withDropout(0.75)
    #expect(try rates(network) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    #expect(try rates(changed) == [0.75, 0.75, 0.75, 0.75, 0.75, 0.75])
    #expect(try changed.graph().nodes.map(\.name) == network.graph().nodes.map(\.name))
  }

  @Test func zeroRemovesThemExceptWhereOneStandsAlone() throws {
    let graph = try network.withDropout(0).graph()
    #expect(
      graph.nodes.map(\.name) == [
        "conv1", "block1.relu1", "concat1.branch1.dropout1", "concat1.branch2.tanh1", "concat1",
        "residual1.tanh1", "residual1.shortcut.dropout1", "residual1", "dense1",
      ])
    #expect(try rates(network.withDropout(0)) == [0, 0])
    #expect(graph.outputShape == [10])
  }

  @Test func aRateOutOfRangeIsAnErrorOfTheGraph() {
    #expect(
      errorText { _ = try network.withDropout(1.5).graph() }
        == "network net, layer dropout1: rate 1.5 is outside 0 ≤ rate < 1")
  }
}

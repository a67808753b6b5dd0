import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// Networks for other numbers of outputs, and networks that end earlier.
@Suite struct OutputTests {
  @Test(arguments: [
    "mlp", "lenet-5-softmax", "alexnet", "vgg-16-bn", "googlenet", "inception-v4", "resnet-18",
  ])
  func otherOutputsAreThoseOfTheZoo(name: String) throws {
    let entry = try Zoo.entry(named: name)
    #expect(entry.make().withOutputs(5) == entry.make(classes: 5))
  }

  @Test func networksThatEndOtherwiseHaveNoOtherOutputs() throws {
    // Radial basis units have targets for ten classes.
    #expect(try Zoo.network(named: "lenet-5").withOutputs(5) == nil)
    let branches = Network("branches", input: [2, 4, 4]) {
      Concat {
        Branch { Conv2D(2, kernel: 4) }
        Branch { Conv2D(3, kernel: 4) }
      }
      Flatten()
    }
    #expect(branches.withOutputs(4) == nil)
    let convolutions = Network("convolutions", input: [2, 4, 4]) {
      Stage("head") {
        Conv2D(7, kernel: 1)
        BatchNorm2D()
        ReLU()
      }
      GlobalAveragePool2D()
      Flatten()
    }
    #expect(try convolutions.withOutputs(4)?.graph().outputShape == [4])
  }

  @Test func truncatedNetworksKeepTheirPlacesInTheArena() throws {
    let whole = try Zoo.network(named: "googlenet", input: [3, 96, 96], width: 0.125).graph()
    let node = try whole.node(at: "inception4a", last: true)
    let part = whole.truncated(after: node.index)
    #expect(part.outputShape == node.outputShape)
    #expect(part.nodes.last?.name == node.name)
    // The auxiliary branches before it are not needed.
    #expect(part.auxiliaryOutputs.isEmpty)
    #expect(!part.nodes.contains { $0.name.hasPrefix("aux") })
    #expect(part.nodes.map(\.index) == Array(part.nodes.indices))
    #expect(
      part.nodes.map(\.name) == whole.nodes[...node.index].filter { !$0.isAuxiliary }.map(\.name))
    let offsets = Dictionary(
      uniqueKeysWithValues: whole.parameterLayout.entries.map { ($0.name, $0.offset) })
    #expect(part.parameterLayout.elementCount == whole.parameterLayout.elementCount)
    for entry in part.parameterLayout.entries {
      #expect(entry.offset == offsets[entry.name])
      #expect(entry.name.hasPrefix(part.nodes[entry.nodeIndex].name + "."))
    }
    let names = part.nodes.flatMap { node in node.parameters.map { "\(node.name).\($0.name)" } }
    #expect(Set(names) == Set(part.parameterLayout.entries.map(\.name)))
    // A branch alone needs nothing of the others.
    let reduced = whole.nodes.filter { $0.name.hasPrefix("inception4a.") }
    let branch = whole.truncated(after: try #require(reduced.first).index)
    #expect(branch.nodes.count { $0.name.hasPrefix("inception4a.") } == 1)
  }
}

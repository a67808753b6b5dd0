import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

@Suite struct ZooTests {
  /// The published numbers: the papers' where they state one, else torchvision's or timm's.
  @Test(arguments: [
    ("mlp", 407_050), ("simple-convnet", 433_890), ("lenet", 61_706), ("mnist-cnn", 1_199_882),
    ("cifar-quick", 22_466),
    ("cats-dogs-small", 3_453_121), ("cats-dogs-small-dropout", 3_453_121),
    ("lenet-5", 60_000), ("lenet-5-softmax", 60_850),
    ("alexnet", 60_965_224), ("caffenet", 60_965_224), ("alexnet-torchvision", 61_100_840),
    ("vgg-a", 132_863_336), ("vgg-a-lrn", 132_863_336), ("vgg-b", 133_047_848),
    ("vgg-c", 133_638_952), ("vgg-d", 138_357_544), ("vgg-e", 143_667_240),
    ("vgg-16-bn", 138_365_992), ("vgg-19-bn", 143_678_248),
    ("vgg-11-torchvision", 132_863_336), ("vgg-13-torchvision", 133_047_848),
    ("vgg-16-torchvision", 138_357_544), ("vgg-19-torchvision", 143_667_240),
    ("googlenet", 13_378_280), ("googlenet-torchvision", 13_004_888),
    ("inception-v4", 42_679_816),
    ("resnet-18", 11_689_512), ("resnet-34", 21_797_672), ("resnet-50", 25_557_032),
    ("resnet-101", 44_549_160), ("resnet-152", 60_192_808),
    ("resnet-50-torchvision", 25_557_032), ("resnet-101-torchvision", 44_549_160),
    ("resnet-152-torchvision", 60_192_808), ("plain-18", 11_515_688), ("plain-34", 21_623_848),
    ("cifar-resnet-20", 269_722), ("cifar-resnet-32", 464_154), ("cifar-resnet-44", 658_586),
    ("cifar-resnet-56", 853_018), ("cifar-resnet-110", 1_727_962),
    ("cifar-resnet-9", 6_575_370),
    ("cifar-plain-20", 269_722), ("cifar-plain-32", 464_154), ("cifar-plain-44", 658_586),
    ("cifar-plain-56", 853_018), ("cifar-plain-110", 1_727_962),
    ("stack-3x3x2", 76_298), ("stack-5x5", 104_906), ("stack-3x3x3", 113_226),
    ("stack-7x7", 203_210), ("reduction-none", 576_048), ("reduction-1x1", 26_944),
    ("cifar-relu", 85_098), ("cifar-tanh", 85_098), ("head-256", 2_097_922),
  ])
  func trainableParameters(name: String, expected: Int) throws {
    let entry = try Zoo.entry(named: name)
    let graph = try entry.make().graph()
    #expect(graph.parameterLayout.trainableParameters == expected)
    #expect(graph.outputShape == [entry.outputs])
    #expect(graph.inputShape == entry.inputShape)
  }

  /// Maps of any size are averaged to 7×7, so that the dense layers stay as they are.
  @Test(arguments: [[3, 32, 32], [3, 150, 150], [3, 192, 320], [3, 448, 448]] as [Shape])
  func torchvisionsVGGKeepsItsDenseLayers(input: Shape) throws {
    let graph = try Zoo.network(named: "vgg-16-torchvision", input: input).graph()
    #expect(graph.parameterLayout.trainableParameters == 138_357_544)
    #expect(graph.nodes.count { $0.layer is AdaptiveAveragePool2D } == 1)
    #expect(graph.nodes.first { $0.name == "avgpool" }?.outputShape == [512, 7, 7])
    let others = try Zoo.vgg(.dWithBatchNorm, input: input, adaptivePooling: true).graph()
    #expect(others.parameterLayout.trainableParameters == 138_365_992)
    // The paper's columns have dense layers for their maps.
    let maps = (input[1] / 32) * (input[2] / 32)
    let own = try Zoo.network(named: "vgg-d", input: input).graph()
    #expect(
      own.parameterLayout.trainableParameters == 138_357_544 + (maps - 49) * 512 * 4096)
  }

  /// At the size of the paper there is nothing to average: the same layers, so the same bits.
  @Test(arguments: [[3, 224, 224], [3, 255, 240], [1, 224, 224]] as [Shape])
  func torchvisionsVGGIsThePapers(input: Shape) {
    for (torchvision, paper) in [
      (Zoo.VGG.aTorchvision, Zoo.VGG.a), (.bTorchvision, .b), (.dTorchvision, .d),
      (.eTorchvision, .e),
    ] {
      #expect(Zoo.vgg(torchvision, input: input).elements == Zoo.vgg(paper, input: input).elements)
      #expect(Zoo.vgg(paper, input: input, adaptivePooling: true) == Zoo.vgg(paper, input: input))
    }
  }

  @Test func networksOfOneOutputTellTwoClassesApart() throws {
    for classes in [1, 3, 10] {
      #expect(
        message { try Zoo.network(named: "cats-dogs-small", classes: classes) }
          == "the model cats-dogs-small has one output, which tells 2 classes apart, not \(classes); "
          + "use a model with an output for each class")
    }
    let network = try Zoo.network(named: "cats-dogs-small", input: [1, 48, 48], classes: 2)
    #expect(try network.graph().outputShape == [1])
  }

  @Test(arguments: [("googlenet", 6_998_552), ("googlenet-torchvision", 6_624_904)])
  func trainableParametersWithoutAuxiliaryHeads(name: String, expected: Int) throws {
    let graph = try Zoo.network(named: name).withoutAuxiliaries().graph()
    #expect(graph.parameterLayout.trainableParameters == expected)
  }

  /// Table 1 of the ResNet paper, in 10⁹ multiply-adds; 4.1 is torchvision's documentation.
  @Test(arguments: [
    ("resnet-18", 1.8), ("resnet-34", 3.6), ("resnet-50", 3.8), ("resnet-101", 7.6),
    ("resnet-152", 11.3), ("resnet-50-torchvision", 4.1), ("plain-34", 3.6), ("vgg-e", 19.6),
  ])
  func multiplyAdds(name: String, billions: Double) throws {
    let summary = NetworkSummary(try Zoo.network(named: name).graph())
    #expect(abs(Double(summary.multiplyAdds) / 1e9 - billions) < 0.07)
  }

  /// Section II.B of LeCun et al. 1998, layer by layer.
  @Test func leNet5HasThePublishedParametersAndConnections() throws {
    let graph = try Zoo.network(named: "lenet-5").graph()
    let parameters = Dictionary(
      uniqueKeysWithValues: graph.nodes.map { node in
        (node.name, node.parameters.reduce(0) { $0 + $1.shape.elementCount })
      })
    let published = ["c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48120, "f6": 10164]
    for (name, count) in published { #expect(parameters[name] == count, "\(name)") }
    #expect(parameters.values.reduce(0, +) == 60_000)

    // A connection is an input of a unit or its bias; radial basis units have none of the latter.
    let connections = graph.nodes.reduce(0) { sum, node in
      let units = node.outputShape.elementCount
      return switch node.layer {
      case is RadialBasisOutput: sum + node.multiplyAdds
      case is TrainableSubsampling: sum + units * (4 + 1)
      case is Conv2D, is ConnectedConv2D, is Dense: sum + node.multiplyAdds + units
      default: sum
      }
    }
    #expect(connections == 340_908)
  }

  /// Section 5 of Krizhevsky et al. 2012: which biases start at 1, and weights of deviation 0.01.
  @Test func alexNetStartsAsInThePaper() throws {
    let graph = try Zoo.network(named: "alexnet").graph()
    for entry in graph.parameterLayout.entries {
      let layer = entry.name.split(separator: ".")[0]
      let isOne = ["conv2", "conv4", "conv5", "fc6", "fc7"].contains(layer)
      let expected: Initializer =
        entry.parameter.name == "weight"
        ? .normal(standardDeviation: 0.01) : .constant(isOne ? 1 : 0)
      #expect(entry.parameter.initializer == expected, "\(entry.name)")
    }
    let towers = graph.nodes.compactMap { node -> Int? in
      switch node.layer {
      case let layer as Conv2D: layer.groups
      case let layer as LocalResponseNorm: layer.groups
      default: nil
      }
    }
    // conv1, norm1, conv2, norm2, conv3 (which sees both towers), conv4, conv5
    #expect(towers == [1, 2, 2, 2, 1, 2, 2])
  }

  @Test func leNet5TakesImagesOf28Pixels() throws {
    let graph = try Zoo.network(named: "lenet-5", input: [1, 28, 28]).graph()
    #expect(graph.nodes[0].outputShape == [6, 28, 28])
  }

  @Test func everyModelIsBuiltUnderItsNameAndHasAUniqueOne() {
    #expect(Set(Zoo.models.map(\.name)).count == Zoo.models.count)
    for entry in Zoo.models { #expect(entry.make().name == entry.name) }
  }

  @Test(arguments: Zoo.models.map(\.name))
  func inputAndClassesCanBeReplaced(name: String) throws {
    // The radial basis output has digits for ten classes at most.
    let hasOneOutput = try Zoo.entry(named: name).outputs == 1
    let graph = try Zoo.network(
      named: name, input: [2, 224, 228], classes: hasOneOutput ? 2 : 7
    ).graph()
    #expect(graph.inputShape == [2, 224, 228])
    #expect(graph.outputShape == (hasOneOutput ? [1] : [7]))
  }

  @Test(arguments: Zoo.models.filter(\.hasWidth).map(\.name))
  func widthMultipliesChannels(name: String) throws {
    let whole = try Zoo.network(named: name).graph()
    let half = try Zoo.network(named: name, width: 0.5).graph()
    #expect(half.nodes.map(\.name) == whole.nodes.map(\.name))
    let ratio =
      Double(half.parameterLayout.trainableParameters)
      / Double(whole.parameterLayout.trainableParameters)
    #expect(ratio > 0.24 && ratio < 0.35)
    #expect(half.nodes[0].outputShape[0] * 2 == whole.nodes[0].outputShape[0])
    _ = try Zoo.network(named: name, width: 0.01).graph()
  }

  @Test func widthIsRefusedWhereItMakesNoSense() {
    #expect(
      message { try Zoo.network(named: "lenet", width: 2) }
        == "the model lenet has one width only; leave out `width`")
    #expect(
      message { try Zoo.network(named: "vgg-a", width: 0) }
        == "the width 0.0 is out of range; use a factor above 0 and up to 64")
  }

  @Test func inputsThatAreTooSmallNameTheFirstLayerThatVanishes() {
    #expect(
      message { try Zoo.network(named: "vgg-d", input: [3, 16, 16]).graph() }
        == "network vgg-d, layer features.30: kernel 2×2 does not fit the input [512, 1, 1]; "
        + "use a smaller kernel, more padding or larger images")
    #expect(
      message { try Zoo.network(named: "googlenet", input: [3, 64, 64]).graph() }
        .hasPrefix(
          "network googlenet, layer aux1.pool1: kernel 5×5 does not fit the input [512, 4, 4]"))
  }

  @Test func unknownModelNamesTheNearest() throws {
    #expect(
      message { try Zoo.network(named: "simple-convet") }
        == "there is no model \"simple-convet\"; did you mean simple-convnet?")
    #expect(
      message { try Zoo.network(named: "vgg16") }
        .hasPrefix("there is no model \"vgg16\"; did you mean vgg-"))
    #expect(
      message { try Zoo.network(named: "mnist") }
        == "there is no model \"mnist\"; did you mean mnist-cnn?")
    #expect(
      message { try Zoo.network(named: "transformer") }
        == "there is no model \"transformer\"; `Zoo.models` lists all")
  }

  private func message(_ body: () throws -> Any) -> String {
    do {
      _ = try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func editDistanceIsLevenshteins() {
    #expect(editDistance("kitten", "sitting") == 3)
    #expect(editDistance("", "abc") == 3)
    #expect(editDistance("abc", "") == 3)
    #expect(editDistance("same", "same") == 0)
    #expect(editDistance("ab", "ba") == 2)
  }
}

import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

@Suite struct PlanTests {
  static let names = ["mlp", "simple-convnet", "lenet", "mnist-cnn", "cifar-quick"]

  /// With a network of each family, narrow ones where there are such.
  @Test(
    arguments: names + [
      "lenet-5", "alexnet", "vgg-16-bn", "googlenet", "resnet-18", "cifar-resnet-20",
    ],
    [Plan.Mode.training, .inference])
  func buffersThatLiveAtTheSameTimeDoNotOverlap(name: String, mode: Plan.Mode) throws {
    let entry = try Zoo.entry(named: name)
    let network =
      entry.hasWidth ? try entry.make(input: [3, 96, 96], width: 0.1) : entry.make()
    let plan = try Plan(network.graph(), images: 4, mode: mode)
    let placements = plan.placements
    #expect(!placements.isEmpty)
    for (index, first) in placements.enumerated() {
      #expect(first.bytes.upperBound <= plan.arenaBytes)
      #expect(first.bytes.lowerBound % 64 == 0)
      for second in placements[(index + 1)...] where first.lifetime.overlaps(second.lifetime) {
        #expect(!first.bytes.overlaps(second.bytes), "\(first.label), \(second.label)")
      }
    }
  }

  /// oneDNN falls back to loops of plain C++ where it has no compiled code for a shape or a format:
  /// correct, and hundreds of times slower.
  @Test(arguments: [
    "lenet-5", "alexnet", "vgg-16-bn", "googlenet", "inception-v4", "resnet-50", "cifar-resnet-20",
  ])
  func usesNoReferenceImplementation(name: String) throws {
    for mode in [Plan.Mode.training, .inference] {
      let plan = try Plan(Zoo.network(named: name).graph(), images: 2, mode: mode)
      let slow = plan.report.filter { $0.implementation.contains("ref") }
      #expect(slow.isEmpty, "\(slow.map { "\($0.label): \($0.implementation)" })")
    }
  }

  /// So that their weights have the same bits whatever version of oneDNN there is: nothing of it
  /// but changes of formats, which are exact. With fewer images than a vector has it may be faster.
  @Test(arguments: ["lenet", "simple-convnet", "mlp"], [16, 17, 21, 25, 50, 64])
  func computesSmallNetworksByItself(name: String, images: Int) throws {
    for mode in [Plan.Mode.training, .inference] {
      let plan = try Plan(Zoo.network(named: name).graph(), images: images, mode: mode)
      let others = plan.report.filter {
        $0.implementation != "tandem" && !$0.label.hasSuffix("reorder")
      }
      #expect(others.isEmpty, "\(mode): \(others.map { "\($0.label): \($0.implementation)" })")
    }
  }

  /// Whatever format oneDNN would choose for a single convolution: bringing a map into another one
  /// takes as long as adding two.
  @Test func mapsOfAResidualNetworkKeepTheirFormatInBackward() throws {
    let plan = try Plan(Zoo.network(named: "resnet-50").graph(), images: 2, mode: .training)
    let reorders = plan.report.map(\.label).filter {
      $0.hasPrefix("layer") && $0.hasSuffix("reorder") && !$0.contains("weight")
    }
    #expect(reorders.isEmpty, "\(reorders)")
  }

  /// Ten convolutions in a row need two maps at a time at inference, however many there are.
  @Test func atInferenceNoActivationOutlivesItsLastUse() throws {
    let network = Network("deep", input: [16, 16, 16]) {
      for _ in 0..<10 {
        Conv2D(16, kernel: 3, padding: 1)
        ReLU()
      }
    }
    let mapBytes = 4 * 16 * 16 * 16 * 4
    let inference = try Plan(network.graph(), images: 4, mode: .inference)
    for placement in inference.placements where placement.label.hasSuffix("output") {
      // Written by one instruction, read by the next.
      #expect(placement.lifetime.count <= 2, "\(placement.label)")
    }
    // And what a convolution works with, which is not larger for more of them.
    #expect(inference.arenaBytes < 5 * mapBytes)
    let training = try Plan(network.graph(), images: 4, mode: .training)
    #expect(training.arenaBytes >= 10 * mapBytes)
    #expect(training.arenaBytes < training.unsharedArenaBytes)
  }

  @Test func fusesActivationsIntoConvolutionsAndDenseLayers() throws {
    let plan = try Plan(Zoo.network(named: "lenet").graph(), images: 2, mode: .inference)
    #expect(!plan.report.contains { $0.label.hasPrefix("tanh") })
    let alone = try Plan(
      Network("alone", input: [2, 8, 8]) {
        MaxPool2D(2)
        ReLU()
      }.graph(), images: 2, mode: .inference)
    #expect(alone.report.contains { $0.label == "relu1 forward" })
  }

  /// An activation that is not the only reader of a convolution's output must not be fused.
  @Test func doesNotFuseAnActivationBesideAnotherReader() throws {
    try ThreeProofs(
      Network("beside", input: [2, 4, 4]) {
        Conv2D(5, kernel: 1)
        Residual { ReLU() }
      }
    ).check(output: [5, 4, 4], parameters: 15)
  }

  @Test(arguments: names)
  func zooNetworksPassTheThreeProofs(name: String) throws {
    let graph = try Zoo.network(named: name).graph()
    var proofs = try ThreeProofs(Zoo.network(named: name), images: 1)
    // Weights as they are in use: with the checker's large ones, tanh would saturate everywhere.
    graph.parameterLayout.initialize(proofs.parameters.floats(), seed: 5)
    proofs.dropout = DropoutContext(seed: 7, epoch: 1, firstPosition: 0)
    proofs.differencesPerTensor = 8
    try proofs.check(
      output: [10], parameters: graph.parameterLayout.trainableParameters)
  }
}

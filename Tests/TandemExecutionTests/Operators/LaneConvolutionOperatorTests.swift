import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// Convolutions with few channels, which our own kernels compute along with the activation and the
/// pooling after them.
@Suite struct LaneConvolutionOperatorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let layer: Conv2D
    let input: Shape
    let output: Shape
    let parameters: Int
    var images = 16
  }

  static let cases = [
    Case(
      testDescription: "one channel, padding, width 13", layer: Conv2D(6, kernel: 5, padding: 2),
      input: [1, 12, 13], output: [6, 12, 13], parameters: 156),
    Case(
      testDescription: "six channels to seventeen, width 10, idle lanes",
      layer: Conv2D(17, kernel: 5), input: [6, 9, 14], output: [17, 5, 10], parameters: 2567,
      images: 17),
    Case(
      testDescription: "to thirty channels, width 7, two blocks", layer: Conv2D(30, kernel: 3),
      input: [1, 6, 9], output: [30, 4, 7], parameters: 300, images: 31),
    Case(
      testDescription: "three channels, width 5, no bias",
      layer: Conv2D(7, kernel: 3, padding: 1, bias: false), input: [3, 4, 5], output: [7, 4, 5],
      parameters: 189, images: 13),
    Case(
      testDescription: "rectangular kernel wider than a tile",
      layer: Conv2D(4, kernel: Size2D(height: 2, width: 7)), input: [2, 5, 13],
      output: [4, 4, 7], parameters: 116),
    Case(
      testDescription: "different padding on each side",
      layer: Conv2D(
        3, kernel: 3, padding: .explicit(top: 0, bottom: 2, left: 1, right: 0)),
      input: [2, 5, 5], output: [3, 5, 4], parameters: 57),
    Case(
      testDescription: "more rows of padding than of the input",
      layer: Conv2D(5, kernel: 5, padding: 4), input: [2, 2, 2], output: [5, 6, 6],
      parameters: 255),
    Case(
      testDescription: "1×1", layer: Conv2D(5, kernel: 1), input: [7, 3, 4], output: [5, 3, 4],
      parameters: 40),
  ]

  func expectLanes(_ proofs: ThreeProofs, _ name: String = "conv1") throws {
    let plan = try Plan(proofs.graph, images: proofs.count, mode: .training)
    let forward = plan.report.first { $0.label == "\(name) forward" }
    #expect(forward?.implementation == "tandem")
  }

  @Test(arguments: cases) func provesAlone(_ testCase: Case) throws {
    let proofs = try ThreeProofs(
      Network("conv", input: testCase.input) { testCase.layer }, images: testCase.images)
    try expectLanes(proofs)
    try proofs.check(output: testCase.output, parameters: testCase.parameters)
  }

  @Test(arguments: cases) func provesWithActivation(_ testCase: Case) throws {
    for activation in [ReLU(), Tanh(), Sigmoid()] as [any Layer] {
      try ThreeProofs(
        Network("conv", input: testCase.input) {
          testCase.layer
          activation
        }, images: testCase.images
      ).check(output: testCase.output, parameters: testCase.parameters)
    }
  }

  /// Windows that fit, that leave rows and columns over, and of other sizes than 2×2; with and
  /// without an activation between.
  @Test(arguments: [
    Size2D(height: 2, width: 2), Size2D(height: 3, width: 2), Size2D(height: 5, width: 3),
  ])
  func provesWithPooling(window: Size2D) throws {
    for pooling in [MaxPool2D(window), AveragePool2D(window)] as [any Layer] {
      for activation in [nil, ReLU(), Tanh()] as [(any Layer)?] {
        let proofs = try ThreeProofs(
          Network("conv", input: [2, 9, 9]) {
            Conv2D(6, kernel: 3)
            if let activation { activation }
            pooling
          }, images: 19)
        try expectLanes(proofs)
        #expect(
          try !Plan(proofs.graph, images: 19, mode: .training).report.contains {
            $0.label.hasPrefix("pool")
          })
        try proofs.check(
          output: [6, 7 / window.height, 7 / window.width], parameters: 114)
      }
    }
  }

  /// The place of a maximum is a byte: windows of more pixels are pooled elsewhere.
  @Test(arguments: [15, 16]) func poolsLargeWindowsApart(height: Int) throws {
    let proofs = try ThreeProofs(
      Network("conv", input: [1, 16, 18]) {
        Conv2D(2, kernel: 1)
        MaxPool2D(Size2D(height: height, width: 17))
      }, images: 16)
    let poolsApart = try Plan(proofs.graph, images: 16, mode: .training).report.contains {
      $0.label.hasPrefix("pool")
    }
    #expect(poolsApart == (height * 17 > 255))
  }

  /// One after the other: the order changes before the first and after the last.
  @Test func provesSeveral() throws {
    let proofs = try ThreeProofs(
      Network("several", input: [1, 11, 11]) {
        Conv2D(6, kernel: 3, padding: 1)
        Tanh()
        AveragePool2D(2)
        Conv2D(9, kernel: 3, padding: 1)
        Conv2D(5, kernel: 2)
        ReLU()
        Dropout(0)
        Flatten()
        Dense(4)
      }, images: 20)
    try expectLanes(proofs)
    let labels = try Plan(proofs.graph, images: 20, mode: .training).report.map(\.label)
    // The dense layer's source is brought into lane order where there are wide vectors.
    #expect(
      labels.filter { $0.hasSuffix("reorder") && !$0.hasPrefix("dense1") } == [
        "conv1 input reorder", "flatten1 input reorder", "conv3 output gradient reorder",
      ])
    try proofs.check(output: [4], parameters: 60 + 495 + 185 + 324)
  }

  /// From lane order with more than half a block of images, from plain order with fewer. Forward
  /// with a sigmoid is oneDNN's.
  @Test(arguments: [8, 9, 50, 97])
  func provesADenseLayerAfterIt(images: Int) throws {
    for activation in [nil, ReLU(), Tanh(), Sigmoid()] as [(any Layer)?] {
      var proofs = try ThreeProofs(
        Network("dense", input: [1, 7, 7]) {
          Conv2D(6, kernel: 3)
          ReLU()
          Dense(7)
          if let activation { activation }
        }, images: images)
      proofs.differencesPerTensor = 20
      let report = try Plan(proofs.graph, images: images, mode: .training).report
      let implementation = report.first { $0.label == "dense1 forward" }?.implementation
      #expect((implementation == "tandem") == !(activation is Sigmoid))
      try proofs.check(output: [7], parameters: 60 + 1057)
    }
  }

  /// A value that two layers read is not taken through the activation in place.
  @Test func provesBesideAnotherReader() throws {
    try ThreeProofs(
      Network("beside", input: [2, 6, 6]) {
        Conv2D(5, kernel: 3)
        Residual { ReLU() }
        Dense(3)
      }, images: 16
    ).check(output: [3], parameters: 95 + 243)
  }

  @Test func repeatsItselfBitForBit() throws {
    let network = Network("conv", input: [3, 8, 8]) {
      Conv2D(6, kernel: 3)
      Tanh()
    }
    let proofs = try ThreeProofs(network, images: 33)
    let once = try proofs.runEngine()
    #expect(try proofs.runEngine().gradients == once.gradients)
  }

  @Test(
    arguments: [("lenet", 64), ("simple-convnet", 50), ("cifar-quick", 64)],
    [Plan.Mode.training, .inference])
  func smallNetworksOfTheZooAreComputedInLaneOrder(network: (String, Int), mode: Plan.Mode) throws {
    let plan = try Plan(Zoo.network(named: network.0).graph(), images: network.1, mode: mode)
    for report in plan.report where report.label.hasPrefix("conv") {
      #expect(report.implementation == "tandem", "\(report.label)")
    }
  }

  @Test func anImagesLogitsDoNotDependOnHowManyAreComputedWithIt() throws {
    let proofs = try ThreeProofs(
      Network("conv", input: [1, 9, 9]) {
        Conv2D(6, kernel: 3, padding: 1)
        Tanh()
        MaxPool2D(2)
        Dense(5)
      }, images: 67)
    let all = try proofs.runInference()
    for images in [1, 16, 17, 50] {
      let plan = try Plan(proofs.graph, images: images, mode: .inference)
      let replica = try Replica(plan: plan, parameters: proofs.parameters.floats())
      try proofs.images.withUnsafeBufferPointer { try replica.forward(images: $0.baseAddress!) }
      let logits = UnsafeBufferPointer(start: replica.logits, count: images * 5)
      #expect(Array(logits) == Array(all.prefix(images * 5)))
    }
  }

  /// Many channels, few images or orders that the kernels do not know are left to oneDNN.
  @Test func leavesTheRestToOneDNN() throws {
    func implementation(_ images: Int, @NetworkBuilder _ layers: () -> [NetworkElement]) throws
      -> String
    {
      let network = Network("conv", input: [6, 8, 8], layers)
      let plan = try Plan(network.graph(), images: images, mode: .training)
      return try #require(plan.report.first { $0.label == "conv1 forward" }).implementation
    }
    #expect(try implementation(16) { Conv2D(6, kernel: 3) } == "tandem")
    // Four images are folded to parts of rows; what one needs is copied more often than computed.
    #expect(try implementation(4) { Conv2D(32, kernel: 3) } == "tandem")
    #expect(try implementation(1) { Conv2D(32, kernel: 3) } != "tandem")
    #expect(try implementation(16) { Conv2D(6, kernel: 3, stride: 2) } != "tandem")
    #expect(try implementation(16) { Conv2D(6, kernel: 3, groups: 2) } != "tandem")
    #expect(
      try implementation(16) {
        Conv2D(6, kernel: 3)
        BatchNorm2D()
      } != "tandem")
    #expect(
      try implementation(16) {
        Conv2D(6, kernel: 3)
        Conv2D(6, kernel: 3, stride: 2)
      } != "tandem")
  }
}

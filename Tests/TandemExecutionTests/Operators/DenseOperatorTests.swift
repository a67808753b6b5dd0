import TandemExecution
import TandemNetwork
import TandemTensor
import Testing

@Suite struct DenseOperatorTests {
  /// By our own kernels, and the same layers by oneDNN.
  @Test(arguments: [true, false]) func provesOnFeaturesAndOnMaps(usesOwnKernels: Bool) throws {
    func prove(_ network: Network, images: Int, output: Shape, parameters: Int) throws {
      var proofs = try ThreeProofs(network, images: images)
      proofs.usesOwnKernels = usesOwnKernels
      try proofs.check(output: output, parameters: parameters)
    }
    for images in [1, 3, 19] {
      try prove(
        Network("dense", input: [20]) { Dense(7) }, images: images, output: [7], parameters: 147)
      try prove(
        Network("dense", input: [3, 4, 5]) { Dense(6) }, images: images, output: [6],
        parameters: 366)
      try prove(
        Network("dense", input: [9]) { Dense(33, bias: false) }, images: images, output: [33],
        parameters: 297)
    }
  }

  @Test(arguments: [true, false]) func provesWithFusedActivations(usesOwnKernels: Bool) throws {
    for activation in [ReLU(), Tanh(), Sigmoid()] as [any Layer] {
      var proofs = try ThreeProofs(
        Network("dense", input: [12]) {
          Dense(16)
          activation
          Dense(5)
          activation
        }, images: 4)
      proofs.usesOwnKernels = usesOwnKernels
      try proofs.check(output: [5], parameters: 293)
    }
  }

  /// With maps in lane order, and tiles that the images and the outputs do not divide.
  @Test(arguments: [21, 9]) func provesInLaneOrder(images: Int) throws {
    try ThreeProofs(
      Network("dense", input: [260]) {
        Dense(256)
        Tanh()
        Dense(3)
      }, images: images
    ).check(output: [3], parameters: 261 * 256 + 257 * 3)
    try ThreeProofs(
      Network("dense", input: [3, 6, 6]) {
        Conv2D(16, kernel: 3)
        Dense(257)
      }, images: images
    ).check(output: [257], parameters: 448 + 257 * 257)
  }

  /// As many weights as products of our own take, and more. With so few images forward is not
  /// computed from lane order.
  @Test func smallLayersAreOurs() throws {
    func implementations(_ outputs: Int, _ mode: Plan.Mode) throws -> Set<String> {
      let network = Network("dense", input: [1024]) {
        Dense(outputs).named("first")
        Dense(2)
      }
      let plan = try Plan(network.graph(), images: 4, mode: mode)
      return Set(plan.report.filter { $0.layer == "first" }.map(\.implementation))
    }
    for mode in [Plan.Mode.training, .inference] {
      #expect(try implementations(512, mode) == ["tandem"])
      #expect(try !implementations(513, mode).contains("tandem"))
    }
  }

  /// Maps come out of a convolution in a blocked order; the dense layer must see `[C, H, W]`.
  @Test func readsMapsInPlainOrder() throws {
    try ThreeProofs(
      Network("dense", input: [3, 6, 6]) {
        Conv2D(16, kernel: 3)
        Dense(4)
      }
    ).check(output: [4], parameters: 448 + 1028)
  }
}

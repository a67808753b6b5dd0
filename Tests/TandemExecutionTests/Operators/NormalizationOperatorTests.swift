import CKernels
import TandemExecution
import TandemNetwork
import TandemTensor
import Testing

@Suite struct LocalResponseNormOperatorTests {
  /// Channels in plain order and in blocks, with and without a rest; maps smaller and larger than
  /// the pixels that are done at once; both readings of α; windows cut by groups.
  @Test(arguments: [
    (3, Size2D(height: 5, width: 4), LocalResponseNorm(alpha: 0.3, k: 1, alphaReading: .sum)),
    (7, 9, LocalResponseNorm(size: 3, alpha: 0.5, beta: 0.6, alphaReading: .mean)),
    (12, 11, LocalResponseNorm(alpha: 0.2, alphaReading: .sum, groups: 2)),
    (8, 3, LocalResponseNorm(size: 7, alpha: 0.2, alphaReading: .sum, groups: 4)),
    (2, 3, LocalResponseNorm(size: 1, alpha: 0.7, beta: 1.5, alphaReading: .mean)),
  ])
  func provesInPlainOrder(channels: Int, size: Size2D, layer: LocalResponseNorm) throws {
    let input = Shape([channels, size.height, size.width])
    try ThreeProofs(Network("norm", input: input) { layer }).check(output: input, parameters: 0)
  }

  @Test(arguments: [(16, 1), (32, 2), (48, 2), (24, 2), (40, 4), (20, 1)])
  func provesBetweenConvolutions(channels: Int, groups: Int) throws {
    try ThreeProofs(
      Network("norm", input: [16, 6, 6]) {
        Conv2D(channels, kernel: 3, padding: 1)
        ReLU()
        LocalResponseNorm(alpha: 0.2, alphaReading: .sum, groups: groups)
        Conv2D(3, kernel: 3)
      }
    ).check(output: [3, 4, 4], parameters: 145 * channels + 27 * channels + 3)
  }

  /// With the derivative of a ReLU before it, also where the ReLU's output has another reader.
  @Test(arguments: [1, 2])
  func provesAfterActivation(groups: Int) throws {
    let layer = LocalResponseNorm(alpha: 0.3, k: 1, alphaReading: .sum, groups: groups)
    try ThreeProofs(
      Network("norm", input: [6, 9, 9]) {
        ReLU()
        layer
      }
    ).check(output: [6, 9, 9], parameters: 0)
    try ThreeProofs(
      Network("norm", input: [3, 5, 5]) {
        Conv2D(16, kernel: 1)
        ReLU()
        Residual { layer }
      }
    ).check(output: [16, 5, 5], parameters: 64)
    try ThreeProofs(
      Network("norm", input: [3, 5, 5]) {
        Conv2D(16, kernel: 1)
        Tanh()
        layer
      }
    ).check(output: [16, 5, 5], parameters: 64)
  }

  /// The same maps in plain order and in blocks, with groups that end within blocks; and so many
  /// rows that outputs in blocks go past the caches.
  @Test(
    arguments: [(16, 1, 3), (48, 2, 3), (24, 2, 3), (10, 1, 3), (16, 1, 1200), (40, 2, 500)],
    [true, false])
  func givesTheSameBitsInAllOrders(
    channels: (all: Int, groups: Int, rows: Int), followsReLU: Bool
  ) {
    let size = (images: 2, rows: channels.rows, columns: 7)
    let pixels = size.rows * size.columns
    let norm = tandem_response_norm(
      half_window: 2, groups: channels.groups, alpha: 0.3, beta: 0.75, k: 1,
      follows_relu: followsReLU)
    /// By image, channel and pixel: the output and the gradient.
    func run(block: Int) -> [[Float]] {
      let maps = tandem_maps(
        images: size.images, channels: channels.all, rows: size.rows, columns: size.columns,
        block: block, bfloat16: false)
      func place(_ image: Int, _ channel: Int, _ pixel: Int) -> Int {
        let blocks = (channels.all + block - 1) / block
        return ((image * blocks + channel / block) * pixels + pixel) * block + channel % block
      }
      let order = (0..<size.images).flatMap { image in
        (0..<channels.all).flatMap { channel in
          (0..<pixels).map { place(image, channel, $0) }
        }
      }
      var random = CounterRandom(seed: 1, purpose: .test).sequence(0)
      let count = tandem_maps_count(maps)
      var x = Array(repeating: Float(0), count: count)
      var gradient = x
      for index in order {
        x[index] = random.normal()
        gradient[index] = random.normal()
      }
      let memory = GuardedFloats(count)
      var scratch = Array(
        repeating: Float.nan, count: tandem_response_norm_scratch(maps, norm))
      tandem_response_norm_forward(x, memory.base, maps, norm, &scratch)
      let output = Array(memory.numbers)
      #expect(memory.isIntact)
      gradient.withUnsafeMutableBufferPointer { gradient in
        let base = gradient.baseAddress
        tandem_response_norm_backward(x, base, base, maps, norm, &scratch)
      }
      // What fills up blocks.
      let padding = Set(0..<count).subtracting(order)
      #expect(padding.allSatisfy { output[$0] == 0 && gradient[$0] == 0 })
      return [order.map { output[$0] }, order.map { gradient[$0] }]
    }
    let plain = run(block: 1)
    #expect(plain.joined().allSatisfy { $0.isFinite })
    #expect(run(block: 8) == plain)
    #expect(run(block: 16) == plain)
  }

  @Test func readsAlphaAsPapersAndAsFrameworksDo() {
    #expect(LocalResponseNorm(alpha: 0.5, alphaReading: .sum).alphaOfSum == 0.5)
    #expect(LocalResponseNorm(alpha: 0.5, alphaReading: .mean).alphaOfSum == 0.1)
  }
}

@Suite struct BatchNormOperatorTests {
  /// With parameters that `ThreeProofs` draws, the running variance among them.
  @Test(arguments: [1, 3, 8, 16, 20, 32])
  func provesAlone(channels: Int) throws {
    try ThreeProofs(Network("norm", input: [channels, 4, 5]) { BatchNorm2D() }, images: 4)
      .check(output: [channels, 4, 5], parameters: 2 * channels)
  }

  @Test(arguments: [3, 16, 24], [false, true])
  func provesWithFusedActivation(channels: Int, acrossShards: Bool) throws {
    try ThreeProofs(
      Network("norm", input: [3, 6, 6]) {
        Conv2D(channels, kernel: 3, padding: 1, bias: false)
        BatchNorm2D(epsilon: 1e-3, acrossShards: acrossShards)
        ReLU()
        MaxPool2D(2)
        Conv2D(4, kernel: 1, bias: false)
        BatchNorm2D(acrossShards: acrossShards)
        Tanh()
        Dense(3)
      }, images: 4
    ).check(
      output: [3], parameters: 27 * channels + 2 * channels + 4 * channels + 8 + 36 * 3 + 3)
  }

  /// The ReLU's output goes two ways, so that its gradient is a sum.
  @Test func provesInAResidualBlock() throws {
    try ThreeProofs(
      Network("norm", input: [4, 5, 5]) {
        Conv2D(16, kernel: 3, padding: 1, bias: false)
        BatchNorm2D()
        ReLU()
        Residual {
          Conv2D(16, kernel: 3, padding: 1, bias: false)
          BatchNorm2D()
          ReLU()
          Conv2D(16, kernel: 3, padding: 1, bias: false)
          BatchNorm2D()
        }
        ReLU()
        Dense(2)
      }, images: 4
    ).check(output: [2], parameters: 576 + 32 + 2 * (2304 + 32) + 802)
  }

  /// Sums that compute one or both of their terms along, with and without a ReLU.
  @Test(arguments: [3, 16, 24], [false, true])
  func provesAlongWithSums(channels: Int, rectifies: Bool) throws {
    for convolvesShortcut in [false, true] {
      let network = Network("norm", input: [channels, 5, 5]) {
        Conv2D(channels, kernel: 3, padding: 1, bias: false)
        Residual {
          Conv2D(channels, kernel: 3, padding: 1, bias: false)
          BatchNorm2D()
        } shortcut: {
          if convolvesShortcut {
            Conv2D(channels, kernel: 1, bias: false)
            BatchNorm2D()
          }
        }
        if rectifies { ReLU() }
        Dense(2)
      }
      let proofs = try ThreeProofs(network, images: 4)
      #expect(proofs.graph.nodes.contains { $0.layer is Addition })
      let shortcut = convolvesShortcut ? channels * channels + 2 * channels : 0
      try proofs.check(
        output: [2],
        parameters: 18 * channels * channels + 2 * channels + shortcut + 50 * channels + 2)
      let labels = try Plan(proofs.graph, images: 4, mode: .training).report.map(\.label)
      #expect(!labels.contains { $0.hasSuffix("bn1 forward") }, "\(labels)")
    }
  }

  @Test(arguments: [false, true])
  func givesStatisticsInPlaceOfGradients(acrossShards: Bool) throws {
    let proofs = try ThreeProofs(
      Network("norm", input: [2, 1, 2]) { BatchNorm2D(acrossShards: acrossShards) }, images: 2)
    let result = try proofs.runEngine(shareOfStep: 0.5)
    for channel in 0..<2 {
      let values = [0, 1, 4, 5].map { Double(proofs.images[$0 + 2 * channel]) }
      let mean = values.reduce(0, +) / 4
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3
      let ownMean = try #require(result.gradients["bn1.running_mean"])[channel]
      let ownVariance = try #require(result.gradients["bn1.running_var"])[channel]
      #expect(abs(Double(ownMean) - mean / 2) < 1e-6)
      #expect(abs(Double(ownVariance) - variance / 2) < 1e-6)
    }
  }

  @Test func refusesToTrainOnOneValue() throws {
    let graph = try Network("norm", input: [4, 1, 1]) { BatchNorm2D() }.graph()
    #expect(throws: ExecutionError.self) { try Plan(graph, images: 1, mode: .training) }
    _ = try Plan(graph, images: 1, mode: .inference)
    _ = try Plan(graph, images: 2, mode: .training)
  }
}

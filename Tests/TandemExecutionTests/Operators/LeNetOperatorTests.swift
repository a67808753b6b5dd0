import TandemNetwork
import TandemTensor
import Testing

/// The layers that only LeNet-5 has.
@Suite struct LeNetOperatorTests {
  @Test func provesScaledTanh() throws {
    try ThreeProofs(Network("tanh", input: [3, 40, 40]) { ScaledTanh() })
      .check(output: [3, 40, 40], parameters: 0)
    try ThreeProofs(
      Network("tanh", input: [3, 6, 6]) {
        Conv2D(20, kernel: 3)
        ScaledTanh()
        Residual { ScaledTanh() }
      }
    ).check(output: [20, 4, 4], parameters: 560)
  }

  @Test(arguments: [Size2D(2), Size2D(height: 3, width: 2)])
  func provesTrainableSubsampling(kernel: Size2D) throws {
    try ThreeProofs(Network("subsampling", input: [3, 6, 7]) { TrainableSubsampling(kernel) })
      .check(output: [3, 6 / kernel.height, 3], parameters: 6)
    try ThreeProofs(
      Network("subsampling", input: [3, 8, 8]) {
        Conv2D(16, kernel: 3)
        TrainableSubsampling(kernel)
        ScaledTanh()
        Conv2D(4, kernel: 1)
      }
    ).check(output: [4, 6 / kernel.height, 3], parameters: 448 + 32 + 68)
  }

  @Test func provesConnectedConvolution() throws {
    try ThreeProofs(
      Network("connected", input: [3, 6, 5]) {
        ConnectedConv2D(
          connections: [[0], [0, 2], [1, 2], [0, 1, 2]], kernel: Size2D(height: 3, width: 2))
        ScaledTanh()
      }
    ).check(output: [4, 4, 4], parameters: 8 * 6 + 4)
    try ThreeProofs(
      Network("connected", input: [16, 5, 5]) {
        ConnectedConv2D(
          connections: (0..<32).map { [$0 / 2, ($0 / 2 + 5) % 16].sorted() }, kernel: 3)
      }
    ).check(output: [32, 3, 3], parameters: 64 * 9 + 32)
  }

  @Test func provesRadialBasisOutput() throws {
    try ThreeProofs(
      Network("output", input: [5]) {
        Dense(4)
        RadialBasisOutput(targets: [[1, -1, 1, 1], [-1, -1, 1, -1], [1, 1, 1, 1]])
      }
    ).check(output: [3], parameters: 24)
  }
}

@Suite struct AdaptivePoolingOperatorTests {
  /// Windows that overlap, that touch, that are the whole map, and that enlarge it.
  @Test(arguments: [Size2D(4), Size2D(height: 3, width: 7), Size2D(1), Size2D(6), Size2D(9)])
  func proves(output: Size2D) throws {
    try ThreeProofs(
      Network("pool", input: [3, 6, 7]) {
        Conv2D(20, kernel: 3, padding: 1)
        AdaptiveAveragePool2D(output)
        Conv2D(2, kernel: 1)
      }
    ).check(output: [2, output.height, output.width], parameters: 560 + 42)
  }
}

@Suite struct ZeroPaddedShortcutOperatorTests {
  @Test(arguments: [(3, 5), (16, 32), (16, 16), (20, 40), (16, 33)], [1, 2])
  func proves(maps: (channels: Int, wanted: Int), stride: Int) throws {
    let (channels, wanted) = maps
    try ThreeProofs(
      Network("shortcut", input: [3, 5, 6]) {
        Conv2D(channels, kernel: 1)
        Residual {
          Conv2D(wanted, kernel: 3, stride: Size2D(stride), padding: 1)
        } shortcut: {
          ZeroPaddedShortcut(wanted, stride: stride)
        }
        Tanh()
      }
    ).check(
      output: [wanted, (5 + stride - 1) / stride, 6 / stride],
      parameters: 4 * channels + wanted * (9 * channels + 1))
  }
}

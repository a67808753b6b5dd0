import TandemCollectives
import TandemNetwork
import TandemTraining
import Testing

@Suite struct DeviceGradientsTests {
  /// In the arena, last layer first: 4 × 32 weights and 4 biases of the outputs, 32 × 32 and 32 of
  /// the dense layer, 8 × 9 and 8 of the convolution.
  private let network = Network("small", input: [1, 4, 4]) {
    Conv2D(8, kernel: 3, padding: 1)
    MaxPool2D(2)
    Dense(32)
    ReLU()
    Dense(4)
  }

  private func gradients(_ mesh: String, _ parallelism: Parallelism) throws -> DeviceGradients {
    try DeviceGradients(
      PlacedNetwork(
        network.graph(), mesh: #require(Mesh(mesh)), parallelism: parallelism))
  }

  @Test func slicesBelongToOneDeviceOfEachGroup() throws {
    let gradients = try gradients("2x2", .hybrid)
    // Device m of the groups is 0 + m and 2 + m.
    #expect(
      gradients.sources == [
        GradientSource(range: 0..<64, shards: [0, 2]),
        GradientSource(range: 64..<128, shards: [1, 3]),
        // The 4 biases, in one cache line.
        GradientSource(range: 128..<144, shards: [0, 1, 2, 3]),
        GradientSource(range: 144..<656, shards: [0, 2]),
        GradientSource(range: 656..<1168, shards: [1, 3]),
        GradientSource(range: 1168..<1184, shards: [0, 2]),
        GradientSource(range: 1184..<1200, shards: [1, 3]),
        // The convolution is everybody's.
        GradientSource(range: 1200..<1296, shards: [0, 1, 2, 3]),
      ])
    #expect(gradients.foreign == [[130..<132], [128..<130]])
  }

  /// 72 weights on two devices are 36 each, which end in the midst of a line.
  @Test func slicesThatCutLinesAreEverybodys() throws {
    let gradients = try gradients("1x2", .model)
    #expect(gradients.sources.last == GradientSource(range: 1200..<1296, shards: [0, 1]))
    #expect(gradients.foreign[0] == [130..<132, 1236..<1272, 1284..<1288])
    #expect(gradients.foreign[1] == [128..<130, 1200..<1236, 1280..<1284])
  }

  @Test func bucketsAreCutWhereSourcesMeet() {
    let sources = [
      GradientSource(range: 0..<32, shards: [0]), GradientSource(range: 32..<96, shards: [1]),
    ]
    #expect(Buckets.cut([0..<16, 16..<96], at: sources) == [0..<16, 16..<32, 32..<96])
    #expect(Buckets.cut([0..<96], at: []) == [0..<96])
  }
}

import TandemNetwork
import TandemTensor
import Testing

@Suite struct ParameterLayoutTests {
  @Test func lastLayerFirstEachAtACacheLine() throws {
    let graph = try Network("layout", input: [1, 6, 6]) {
      Conv2D(3, kernel: 3)
      ReLU()
      Dense(5)
      Dense(2, bias: false)
    }.graph()
    let layout = graph.parameterLayout
    #expect(
      layout.entries.map(\.name)
        == ["dense2.weight", "dense1.weight", "dense1.bias", "conv1.weight", "conv1.bias"])
    // 10 → 16, 240 → 240, 5 → 16, 27 → 32, 3 → 16
    #expect(layout.entries.map(\.range) == [0..<10, 16..<256, 256..<261, 272..<299, 304..<307])
    #expect(layout.elementCount == 320)
    #expect(layout.trainableParameters == 285)
    #expect(layout.entries(ofNode: 2).map(\.name) == ["dense1.weight", "dense1.bias"])
    #expect(layout.entries(ofNode: 1).isEmpty)
  }
}

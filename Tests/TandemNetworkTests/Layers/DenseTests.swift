import TandemNetwork
import TandemTensor
import Testing

@Suite struct DenseTests {
  @Test func flattensItsInputItself() throws {
    #expect(try Dense(10).outputShape(for: [[30, 12, 12]]) == [10])
    let parameters = Dense(10).parameters(for: [[30, 12, 12]])
    #expect(parameters.map(\.name) == ["weight", "bias"])
    #expect(parameters.map(\.shape) == [[10, 4320], [10]])
    #expect(parameters.map(\.fanIn) == [4320, 4320])
    #expect(parameters.map(\.fanOut) == [10, 10])
    #expect(Dense(10, bias: false).parameters(for: [[7]]).map(\.shape) == [[10, 7]])
    #expect(Dense(10).multiplyAdds(for: [[30, 12, 12]]) == 43_200)
  }

  @Test func aWorkedExample() throws {
    let output = try reference(
      Dense(2), on: [1, 1, 3], [1, 2, 3, -1, 0, 1],
      parameters: ["weight": [1, 10, 100, 0, 0.5, 0], "bias": [1000, -1]])
    #expect(output == [1321, 0, 1099, -1])
  }

  @Test func errors() {
    #expect(layerError(Dense(0), on: [3]) == "the number of outputs 0 is not positive")
    #expect(layerError(Dense(-3), on: [3]) == "the number of outputs -3 is not positive")
    #expect(
      layerError(Dense(3, weightInitializer: .constant(.infinity)), on: [3])
        == "weight initialiser: the constant inf is not finite")
  }

  @Test func printsAsSource() {
    #expect("\(Dense(10))" == "Dense(10)")
    #expect(
      "\(Dense(10, bias: false, weightInitializer: .normal(standardDeviation: 0.01)))"
        == "Dense(10, bias: false, weightInitializer: .normal(standardDeviation: 0.01))")
  }
}

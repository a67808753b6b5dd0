import Foundation
import TandemNetwork
import TandemTensor
import Testing

/// ReLU, Tanh, Sigmoid, Softmax, Flatten: layers without hyper-parameters.
@Suite struct ElementwiseTests {
  @Test func keepShapesAndHaveNoParameters() throws {
    let layers: [any Layer] = [ReLU(), Tanh(), Sigmoid(), Dropout(0.5)]
    for layer in layers {
      for shape: Shape in [[7], [3, 5, 4]] {
        #expect(try layer.outputShape(for: [shape]) == shape)
        #expect(layer.parameters(for: [shape]).isEmpty)
        #expect(layer.multiplyAdds(for: [shape]) == 0)
      }
    }
    #expect(try Softmax().outputShape(for: [[7]]) == [7])
    #expect(try Flatten().outputShape(for: [[3, 5, 4]]) == [60])
    #expect(try Flatten().outputShape(for: [[7]]) == [7])
  }

  @Test func values() throws {
    #expect(try reference(ReLU(), on: [4], [-2, 0, 0.5, 3]) == [0, 0, 0.5, 3])
    #expect(try reference(ReLU(), on: [1], [.nan])[0].isNaN)
    #expect(try reference(Tanh(), on: [2], [0, log(3)])[0] == 0)
    #expect(abs(try reference(Tanh(), on: [1], [log(3)])[0] - 0.8) < 1e-15)
    #expect(abs(try reference(Sigmoid(), on: [1], [log(3)])[0] - 0.75) < 1e-15)
    #expect(try reference(Flatten(), on: [2, 1, 2], [1, 2, 3, 4]) == [1, 2, 3, 4])
  }

  @Test func softmaxIsPerImageAndDoesNotOverflow() throws {
    let output = try reference(Softmax(), on: [2], [0, log(3), 10_000, 10_000])
    #expect(largestDifference(output, [0.25, 0.75, 0.5, 0.5]) < 1e-15)
  }

  @Test func softmaxTakesFeatures() {
    #expect(
      layerError(Softmax(), on: [3, 2, 2])
        == "takes features [F], but its input is [3, 2, 2]; put a Flatten before it")
  }

  @Test func printAsSource() {
    let layers: [any Layer] = [ReLU(), Tanh(), Sigmoid(), Softmax(), Flatten()]
    #expect(layers.map { "\($0)" } == ["ReLU()", "Tanh()", "Sigmoid()", "Softmax()", "Flatten()"])
  }
}

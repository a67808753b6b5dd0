import Foundation
import TandemNetwork
import TandemReference
import TandemTensor
import Testing

/// The reference against PyTorch in float64: Tests/Fixtures/pytorch/reference_layers.py wrote the
/// numbers.
@Suite struct ReferenceLayerTests {
  struct Fixture: Decodable {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
      let layer: NetworkElement
      let input: Shape
      let output: Shape
      let values: [Double]

      var testDescription: String {
        guard case .layer(let box) = layer.content else { return "no layer" }
        return "\(box.layer) on \(input)"
      }
    }

    struct Losses: Decodable {
      struct Case: Decodable {
        let smoothing: Double
        let loss: Double
      }

      let logits: [Double]
      let labels: [Int32]
      let cases: [Case]
    }

    struct Gradients: Decodable {
      let loss: Double
      let input: [Double]
      let parameters: [String: [Double]]
    }

    let layers: [Case]
    let pooledSizes: [Int]
    let losses: Losses
    let gradients: Gradients

    static let shared = Result {
      let file = packageRoot.appending(path: "Tests/Fixtures/pytorch/reference_layers.json")
      return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
    }
  }

  @Test func theFixtureIsThere() throws {
    #expect(try Fixture.shared.get().layers.count == 31)
  }

  @Test(arguments: (try? Fixture.shared.get().layers) ?? [])
  func layerAgreesWithPyTorch(example: Fixture.Case) throws {
    let graph = try Network("case", input: example.input) { example.layer }.graph()
    #expect(graph.outputShape == example.output)
    var parameters: [String: [Double]] = [:]
    for entry in graph.parameterLayout.entries {
      parameters[entry.name] = pattern(
        entry.elementCount, salt: entry.parameter.name == "weight" ? 2 : 3)
    }
    let outputs = ReferenceNetwork(graph).forward(
      images: pattern(2 * example.input.elementCount, salt: 1), count: 2, parameters: parameters)
    #expect(largestDifference(outputs[0], example.values) < 1e-10)
  }

  @Test func pooledSizesAgreeWithPyTorch() throws {
    var expected = try Fixture.shared.get().pooledSizes[...]
    for input in 1..<10 {
      for kernel in 1..<6 {
        for stride in 1..<5 {
          for padding in 0...kernel / 2 {
            for ceilMode in [false, true] {
              let pool = MaxPool2D(
                Size2D(height: kernel, width: 1), stride: Size2D(height: stride, width: 1),
                padding: .explicit(top: padding, bottom: padding, left: 0, right: 0),
                ceilMode: ceilMode)
              let found = (try? pool.outputShape(for: [[1, input, 1]])[1]) ?? -1
              #expect(found == expected.popFirst(), "\(pool) on \(input) rows")
            }
          }
        }
      }
    }
    #expect(expected.isEmpty)
  }

  @Test func lossAgreesWithPyTorch() throws {
    let losses = try Fixture.shared.get().losses
    #expect(losses.cases.count == 4)
    for example in losses.cases {
      let loss = ReferenceNetwork.softmaxCrossEntropy(
        logits: losses.logits, labels: losses.labels, classes: 6, smoothing: example.smoothing)
      #expect(abs(loss - example.loss) < 1e-10, "smoothing \(example.smoothing)")
    }
  }
}

@Suite struct ReferenceLossTests {
  @Test func evenLogitsCostTheLogarithmOfTheClasses() {
    let loss = ReferenceNetwork.softmaxCrossEntropy(
      logits: [5, 5, 5, 5], labels: [2], classes: 4, smoothing: 0.3)
    #expect(abs(loss - log(4)) < 1e-15)
  }

  @Test func isTheMeanOverImages() {
    // log(1 + 1/3) for the likelier label, log(1 + 3) for the other.
    let loss = ReferenceNetwork.softmaxCrossEntropy(
      logits: [log(3), 0, log(3), 0], labels: [0, 1], classes: 2)
    #expect(abs(loss - (log(4.0 / 3) + log(4)) / 2) < 1e-15)
  }

  @Test func largeLogitsDoNotOverflow() {
    let loss = ReferenceNetwork.softmaxCrossEntropy(
      logits: [10_000, 0], labels: [1], classes: 2)
    #expect(loss == 10_000)
  }
}

import TandemExecution
import TandemNetwork
import TandemTensor
import TandemTraining
import TandemZoo
import Testing

/// Logits, loss and all gradients of whole networks against PyTorch's in double precision; the
/// files come from Tests/Fixtures/pytorch/networks.py, which says what is in them.
@Suite struct PyTorchNetworkTests {
  /// The layers and options that the zoo's first networks leave out; `EveryOption` in the script.
  static let everyOption = Network("every-option", input: [4, 19, 23]) {
    Conv2D(
      8, kernel: Size2D(height: 3, width: 5), stride: Size2D(height: 2, width: 1),
      padding: .explicit(top: 1, bottom: 1, left: 2, right: 2), groups: 2, bias: false)
    Sigmoid()
    MaxPool2D(3, stride: 2, padding: 1, ceilMode: true)
    Conv2D(12, kernel: 3, stride: 2, padding: .same, groups: 4)
    Tanh()
    AveragePool2D(3, stride: 2, padding: 1, ceilMode: true, countIncludesPadding: false)
    Residual {
      Conv2D(12, kernel: 3, padding: 1)
      ReLU()
      Conv2D(12, kernel: 1)
    }
    ReLU()
    Concat {
      Branch {
        Conv2D(5, kernel: 1)
        ReLU()
      }
      Branch {
        Conv2D(7, kernel: 3, padding: 1)
        AveragePool2D(3, stride: 1, padding: 1)
      }
    }
    Conv2D(10, kernel: 2, padding: .explicit(top: 0, bottom: 1, left: 1, right: 0))
    GlobalAveragePool2D()
    Softmax()
    Dense(6)
  }

  static func network(_ name: String, input: Shape) throws -> Network {
    name == everyOption.name
      ? everyOption : try Zoo.network(named: name, input: input).withDropout(0)
  }

  /// The largest error relative to the largest magnitude.
  static func error(_ actual: UnsafePointer<Float>, _ expected: Tensor) -> Double {
    var (error, magnitude) = (0.0, 0.0)
    for (index, value) in expected.elements.enumerated() {
      let difference = abs(Double(actual[index]) - Double(value))
      error = difference.isNaN ? .infinity : max(error, difference)
      magnitude = max(magnitude, abs(Double(value)))
    }
    return error / magnitude
  }

  @Test(arguments: ["mlp", "simple-convnet", "lenet", "mnist-cnn", "cifar-quick", "every-option"])
  func forwardLossAndBackward(name: String) throws {
    let golden = try SafeTensorsFile.read(PyTorchFixture.path("networks/\(name).safetensors"))
    func tensor(_ name: String) throws -> Tensor { try #require(golden.tensors[name], "\(name)") }
    let images = try tensor("images")
    let count = images.shape[0]
    let input = Shape(Array(images.shape.dimensions.dropFirst()))
    let graph = try Self.network(name, input: input).graph()
    let layout = graph.parameterLayout
    #expect(golden.tensors.count == 4 + 2 * layout.entries.count)

    let byteCount = layout.elementCount * MemoryLayout<Float>.size
    let parameters = try MemoryArena(byteCount: byteCount, purpose: "test parameters")
    let gradients = try MemoryArena(byteCount: byteCount, purpose: "test gradients")
    for entry in layout.entries {
      let values = try tensor("parameters.\(entry.name)")
      #expect(values.shape == entry.parameter.shape, "\(entry.name)")
      for (index, value) in values.elements.enumerated() {
        parameters.floats()[entry.offset + index] = value
      }
    }

    let plan = try Plan(graph, images: count, mode: .training)
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    try images.elements.withUnsafeBufferPointer {
      try replica.forward(images: #require($0.baseAddress))
      let logits = try tensor("logits")
      #expect(Self.error(replica.logits, logits) < 5e-6)

      let smoothing = try #require(golden.metadata["labelSmoothing"].flatMap(Float.init))
      let sum = try SoftmaxCrossEntropy(labelSmoothing: smoothing).evaluate(
        logits: replica.logits, labels: tensor("labels").elements.map { Int32($0) },
        images: count, classes: logits.shape[1], gradient: replica.logitsGradient,
        scale: 1 / Float(count))
      let loss = Double(try tensor("loss").elements[0])
      #expect(abs(sum.meanLoss - loss) < 1e-6 * loss)

      try replica.backward(into: gradients.floats())
    }
    for entry in layout.entries {
      let error = Self.error(
        gradients.floats(at: entry.offset), try tensor("gradients.\(entry.name)"))
      #expect(error < 1e-5, "\(entry.name)")
    }
  }
}

import TandemInsight
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// What an `Inspector` tells of inner layers, against finite differences and against the network
/// that ends there.
@Suite struct ObservedLayerTests {
  /// Joins, fused activations, pooling that takes a ReLU's derivative, layers that work in place.
  private static let network = Network("inner", input: [2, 12, 10]) {
    Conv2D(6, kernel: 3, padding: 1)
    ReLU()
    LocalResponseNorm(alphaReading: .sum)
    MaxPool2D(2)
    Residual {
      Conv2D(6, kernel: 3, padding: 1)
      BatchNorm2D()
      ReLU()
      Conv2D(6, kernel: 1)
    }
    ReLU()
    Concat {
      Branch {
        Conv2D(4, kernel: 1)
        Tanh()
      }
      Branch { Conv2D(5, kernel: 3, padding: 1) }
    }
    AveragePool2D(2)
    Dense(7)
    Sigmoid()
    Dense(4)
  }

  private func inspect<Result>(
    _ body: (ModelFile, [Float]) throws -> Result
  ) throws -> Result {
    let layout = try Self.network.graph().parameterLayout
    let arena = try MemoryArena(byteCount: layout.elementCount * 4, purpose: "test parameters")
    layout.initialize(arena.floats(), seed: 11)
    var random = CounterRandom(seed: 2, purpose: .test).sequence(0)
    let image = (0..<Self.network.inputShape.elementCount).map { _ in random.normal() }
    return try withTemporaryFolder { folder in
      try SafeTensorsFile(
        tensors: Dictionary(
          uniqueKeysWithValues: layout.entries.map { entry in
            (
              entry.name,
              Tensor(
                shape: entry.parameter.shape,
                elements: Array(
                  UnsafeBufferPointer(
                    start: arena.floats(at: entry.offset), count: entry.elementCount)))
            )
          })
      ).write(to: folder + "/w.safetensors")
      return try body(ModelFile(contentsOf: folder + "/w.safetensors"), image)
    }
  }

  /// Each alone, so that nothing else keeps layers from being computed along with others; and all
  /// at once.
  @Test func outputsAreThoseOfANetworkThatEndsThere() throws {
    let names = try Self.network.graph().nodes.map(\.name)
    #expect(names.count > 14)
    try inspect { weights, image in
      func outputs(_ layers: [String], gradients: Bool) throws -> [Tensor] {
        let inspector = try Inspector(
          network: Self.network, weights: weights,
          Inspector.Request(layers: layers, gradients: gradients), workers: 1)
        return try inspector.map(1) { _, probe in
          _ = try probe.forward(image)
          return layers.indices.map { probe.output($0) }
        }[0]
      }
      let together = try outputs(names, gradients: false)
      for (name, inAll) in zip(names, together) {
        let ending = try Inspector(
          network: Self.network, weights: weights,
          Inspector.Request(end: name, gradients: false), workers: 1)
        let expected = try ending.map(1) { _, probe in try probe.forward(image) }[0]
        let shape = ending.graph.outputShape
        for found in [
          inAll, try outputs([name], gradients: false)[0], try outputs([name], gradients: true)[0],
        ] {
          #expect(found.shape == shape, "\(name)")
          #expect(Self.difference(found.elements, expected) < 1e-5, "\(name)")
        }
      }
    }
  }

  /// The gradient at a layer is that of the rest of the network: along the direction in which the
  /// layer's output changes with the image, it says how the logit changes.
  @Test func gradientsAddUpToThatOfTheImage() throws {
    // Those that all of the image goes through.
    let whole = ["conv1", "relu1", "norm1", "pool1", "residual1", "relu2", "concat1", "dense1"]
    try inspect { weights, image in
      for name in whole {
        let inspector = try Inspector(
          network: Self.network, weights: weights,
          Inspector.Request(layers: [name], gradientOfImage: true), workers: 1)
        let (gradient, ofImage) = try inspector.map(1) { _, probe in
          _ = try probe.forward(image)
          try probe.backward(ofOutput: 1)
          return (probe.gradient().elements, probe.imageGradient().elements)
        }[0]
        // The layer's weighted sum has the same gradient with respect to the image.
        let ending = try Inspector(
          network: Self.network, weights: weights,
          Inspector.Request(end: name, gradientOfImage: true), workers: 1)
        let again = try ending.map(1) { _, probe in
          _ = try probe.forward(image)
          try probe.backward(from: gradient)
          return probe.imageGradient().elements
        }[0]
        #expect(Self.difference(again, ofImage) < 1e-5, "\(name)")
        #expect(ofImage.contains { $0 != 0 })
      }
    }
  }

  @Test func gradientOfTheImageEqualsDifferences() throws {
    try inspect { weights, image in
      let inspector = try Inspector(
        network: Self.network, weights: weights, Inspector.Request(gradientOfImage: true),
        workers: 1)
      let gradient = try inspector.map(1) { _, probe in
        _ = try probe.forward(image)
        try probe.backward(ofOutput: 2)
        return probe.imageGradient().elements
      }[0]
      let step: Float = 0.01
      let differences = try inspector.map(image.count) { index, probe -> Float in
        var moved = image
        moved[index] += step
        let above = try probe.forward(moved)[2]
        moved[index] -= 2 * step
        return (above - (try probe.forward(moved)[2])) / (2 * step)
      }
      // A few steps lead over the corner of a ReLU or to another maximum.
      let largest = differences.reduce(0) { max($0, abs($1)) }
      let near = zip(gradient, differences).count { abs($0 - $1) < 0.02 * largest }
      #expect(largest > 0 && near * 10 >= 9 * gradient.count, "\(near) of \(gradient.count)")
    }
  }

  private static func difference(_ found: [Float], _ expected: [Float]) -> Float {
    let largest = expected.reduce(0) { max($0, abs($1)) }
    let worst = zip(found, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    return found.count == expected.count ? worst / max(largest, 1e-20) : .infinity
  }
}

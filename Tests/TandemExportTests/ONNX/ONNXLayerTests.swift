import Foundation
import TandemData
import TandemExport
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// What is easily written wrong, against numbers that are worked out by hand.
@Suite struct ONNXLayerTests {
  /// What a file of a network of one layer without weights gives, and its operators.
  private func written(
    _ layer: some Layer, on input: Shape, _ values: [Double],
    normalization: Normalization? = nil
  ) throws -> (output: ONNXValue, nodes: [ONNXNodeProto]) {
    let network = Network("single", input: input) { layer }
    return try withTemporaryFolder { folder in
      let weights = try ExportCase.weights(for: network, in: folder)
      let options = ONNXOptions(dynamicBatch: true, withPreprocessing: normalization != nil)
      try ONNXExport(network, weights, normalization, options).write(to: folder + "/m.onnx")
      let evaluator = try ONNXEvaluator(contentsOf: folder + "/m.onnx")
      let count = values.count / input.elementCount
      let output = try evaluator.value(
        input: ONNXValue(input.batched(count).dimensions, values))
      return (output, evaluator.model.graph.node)
    }
  }

  private func expect(
    _ found: ONNXValue, _ shape: [Int], _ expected: [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found.shape == shape, sourceLocation: sourceLocation)
    #expect(
      zip(found.elements, expected).allSatisfy { abs($0 - $1) < 1e-6 },
      "\(found.elements)", sourceLocation: sourceLocation)
  }

  private func attribute(_ name: String, of node: ONNXNodeProto) -> ONNXAttributeProto? {
    node.attribute.first { $0.name == name }
  }

  /// ONNX divides α by the size, the paper does not.
  @Test(arguments: [
    (LocalResponseNorm.AlphaReading.sum, Float(5e-4)), (.mean, Float(1e-4)),
  ])
  func alphaOfResponseNormalization(
    reading: LocalResponseNorm.AlphaReading, expected: Float
  ) throws {
    let layer = LocalResponseNorm(alphaReading: reading)
    let (output, nodes) = try written(layer, on: [1, 1, 1], [3])
    #expect(nodes.map(\.opType) == ["LRN"])
    let alpha = try #require(attribute("alpha", of: nodes[0])).f
    #expect(abs(alpha - expected) <= expected.ulp)
    #expect(attribute("bias", of: nodes[0])?.f == 2)
    expect(output, [1, 1, 1, 1], [3 / pow(2 + Double(expected) / 5 * 9, 0.75)])
  }

  /// A window must not reach into the other tower.
  @Test func groupsOfResponseNormalization() throws {
    let layer = LocalResponseNorm(
      size: 3, alpha: 1, beta: 1, k: 1, alphaReading: .sum, groups: 2)
    let (output, _) = try written(layer, on: [4, 1, 1], [1, 2, 3, 4, 2, 0, 0, 2])
    expect(
      output, [2, 4, 1, 1],
      [1.0 / 6, 2.0 / 6, 3.0 / 26, 4.0 / 26, 2.0 / 5, 0, 0, 2.0 / 5])
  }

  /// A window that begins in the padding behind the image does not count.
  @Test(arguments: [(2, 1), (3, 2)])
  func ceilModeDropsWindowsOfPadding(input: Int, outputs: Int) throws {
    let layer = MaxPool2D(3, stride: 3, padding: 1, ceilMode: true)
    let values = (0..<input * input).map { Double($0) - 20 }
    let (output, nodes) = try written(layer, on: [1, input, input], values)
    #expect(output.shape == [1, 1, outputs, outputs])
    #expect(nodes.map(\.opType) == ["MaxPool"])
    #expect(output.elements.last == Double(input * input - 21))
  }

  /// Of `[1, 2, 3, 4]` between zeros, and one place more that never counts.
  @Test(arguments: [(true, [1.0, 3, 2]), (false, [1.5, 3, 4])])
  func whatCountsInMeans(countsPadding: Bool, expected: [Double]) throws {
    let layer = AveragePool2D(
      Size2D(height: 1, width: 3), stride: Size2D(height: 1, width: 2),
      padding: .explicit(top: 0, bottom: 0, left: 1, right: 1), ceilMode: true,
      countIncludesPadding: countsPadding)
    let (output, nodes) = try written(layer, on: [1, 1, 4], [1, 2, 3, 4])
    expect(output, [1, 1, 1, 3], expected)
    #expect(nodes.map(\.opType) == (countsPadding ? ["Pad", "AveragePool"] : ["AveragePool"]))
  }

  @Test func windowsOfUnevenMeansOverlap() throws {
    let layer = AdaptiveAveragePool2D(Size2D(height: 1, width: 2))
    let (output, nodes) = try written(layer, on: [1, 1, 3], [1, 2, 4])
    expect(output, [1, 1, 1, 2], [1.5, 3])
    #expect(nodes.map(\.opType) == ["MatMul", "MatMul"])
    let enlarged = try written(
      AdaptiveAveragePool2D(Size2D(height: 2, width: 1)), on: [1, 1, 2], [2, 4])
    expect(enlarged.output, [1, 1, 2, 1], [3, 3])
  }

  @Test func otherLayers() throws {
    expect(
      try written(ZeroPaddedShortcut(2, stride: 2), on: [1, 3, 3], (0..<9).map(Double.init))
        .output, [1, 2, 2, 2], [0, 2, 6, 8, 0, 0, 0, 0])
    let targets = [[1, 1, -1], [-1, -1, 1]]
    expect(
      try written(RadialBasisOutput(targets: targets), on: [3], [1, -1, 0.5]).output, [1, 2],
      [-6.25, -4.25])
    expect(
      try written(ScaledTanh(), on: [2], [1, -2]).output, [1, 2],
      [1.7159 * tanh(2.0 / 3), 1.7159 * tanh(-4.0 / 3)])
    expect(
      try written(Softmax(), on: [2], [0, log(3)]).output, [1, 2], [0.25, 0.75])
    // Nothing at inference, but an output of its own.
    let (output, nodes) = try written(Dropout(0.5), on: [2], [1, 2])
    expect(output, [1, 2], [1, 2])
    #expect(nodes.map(\.opType) == ["Identity"])
  }

  // MARK: Preprocessing

  @Test func pixelsAreScaled() throws {
    let normalization = Normalization(mean: [0.2, 0.4, 0.6], standardDeviation: [0.5, 1, 0.25])
    let (output, nodes) = try written(
      ReLU(), on: [3, 1, 1], [255, 255, 255], normalization: normalization)
    expect(output, [1, 3, 1, 1], [1.6, 0.6, 1.6])
    #expect(nodes.map(\.opType) == ["Cast", "Div", "Sub", "Div", "Relu"])
    // Features are numbers already.
    let features = try written(
      ReLU(), on: [2, 1, 1], [3, 4],
      normalization: Normalization(mean: [1, 2], standardDeviation: [1, 1]))
    expect(features.output, [1, 2, 1, 1], [2, 2])
    #expect(features.nodes.map(\.opType) == ["Sub", "Relu"])
  }

  /// Means 1 and 3, deviations 1 and 2 of the two images.
  @Test func imagesAreStandardisedOneByOne() throws {
    let unit = Normalization.unitScale(channels: 2)
    let values = [0.0, 2, 0, 2, 1, 5, 5, 1]
    let centred = try written(
      Dropout(0.5), on: [2, 1, 2], values, normalization: unit.with(perImage: .centred))
    expect(centred.output, [2, 2, 1, 2], [-1, 1, -1, 1, -2, 2, 2, -2])
    let standardised = try written(
      Dropout(0.5), on: [2, 1, 2], values, normalization: unit.with(perImage: .standardised))
    expect(
      standardised.output, [2, 2, 1, 2],
      [-1, 1, -1, 1].map { $0 / 1.000001 } + [-2, 2, 2, -2].map { $0 / 2.000001 })
  }
}

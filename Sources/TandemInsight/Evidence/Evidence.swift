import TandemNetwork
import TandemTensor
import TandemTraining

/// Finds out what in an image speaks for a class. Every number is the engine's own, and the same
/// for any number of workers.
///
/// Ownership: used by one thread at a time, which waits while the workers compute.
package final class Evidence {
  package let method: EvidenceMethod
  /// The layer whose maps are looked at, if the method does that.
  package let layer: String?
  /// What the user should know about the weights and the workers, each in one line.
  package var warnings: [String] { inspector.warnings }
  private let inspector: Inspector
  /// One output stands for two classes.
  private let isBinary: Bool

  /// Copies of the image that `smoothGrad` takes, and the deviation of their noise as a part of the
  /// image's range: what the paper found best (Smilkov and others 2017,
  /// https://arxiv.org/abs/1706.03825).
  package static let noisyCopies = 32
  private static let noise: Float = 0.15

  /// - Parameters:
  ///   - weights: of all of the network but its auxiliary heads.
  ///   - layer: for Grad-CAM; nil for the last one whose outputs have a place in the image.
  ///   - workers: nil for one per physical core.
  ///   - progress: told of each image that is computed.
  /// - Throws: `InsightError`, and what `Inspector` throws.
  package init(
    network: Network, weights: ModelFile, method: EvidenceMethod, layer: String? = nil,
    workers: Int? = nil, progress: Inspector.Progress? = nil
  ) throws {
    let input = network.inputShape
    guard input.rank == 3 else {
      throw InsightError.noPictures(network: network.name, input: input)
    }
    self.method = method
    let graph = try network.withDropout(0).graph()
    self.layer = try method.usesLayer ? Self.layer(layer, of: graph) : nil
    isBinary = graph.outputShape.elementCount == 1
    inspector = try Inspector(
      network: network, weights: weights,
      Inspector.Request(
        layers: self.layer.map { [$0] } ?? [], gradients: method != .occlusion,
        gradientOfImage: [.saliency, .guided, .smoothGrad].contains(method),
        guided: method == .guided),
      workers: workers, progress: progress)
  }

  private static func layer(_ path: String?, of graph: NetworkGraph) throws -> String {
    guard let last = graph.lastSpatialNode else {
      throw InsightError.noSpatialLayer(network: graph.name, input: graph.inputShape)
    }
    guard let path else { return last.name }
    let node = try graph.layer(at: path)
    guard node.hasSpatialExtent else {
      throw InsightError.noExtent(
        layer: node.name, network: graph.name, shape: node.outputShape, instead: last.name)
    }
    return node.name
  }

  /// How many classes the network tells apart.
  package var classes: Int { isBinary ? 2 : inspector.graph.outputShape.elementCount }

  /// The network's outputs for an image.
  /// - Parameter pixels: `[C, H, W]`, normalised.
  package func logits(_ pixels: [Float]) throws -> [Float] {
    try inspector.map(1) { _, probe in try probe.forward(pixels) }[0]
  }

  /// What speaks for each of some classes, in an image.
  ///
  /// - Parameters:
  ///   - pixels: `[C, H, W]`, normalised.
  ///   - labels: of the classes.
  ///   - seed: of the noise, where the method adds some.
  /// - Returns: a map for each class: Grad-CAM's of the layer's size, the others' of the image's.
  /// - Throws: `InsightError.noClass`, `ExecutionError`, `MemoryError`.
  package func maps(
    of pixels: [Float], for labels: [Int], seed: UInt64 = 0
  ) throws -> [EvidenceMap] {
    for label in labels where !(0..<classes).contains(label) {
      throw InsightError.noClass(label: label, classes: classes)
    }
    let outputs = labels.map(output)
    switch method {
    case .gradCAM:
      return try inspector.map(labels.count) { index, probe in
        _ = try probe.forward(pixels)
        try probe.backward(ofOutput: outputs[index].index, factor: outputs[index].factor)
        return EvidenceMap(gradCAMOf: probe.output(), gradients: probe.gradient())
      }
    case .saliency, .guided:
      return try inspector.map(labels.count) { index, probe in
        _ = try probe.forward(pixels)
        try probe.backward(ofOutput: outputs[index].index, factor: outputs[index].factor)
        return EvidenceMap(saliencyOf: probe.imageGradient())
      }
    case .smoothGrad:
      return try outputs.map { try smoothGrad(pixels, $0, seed: seed) }
    case .occlusion:
      return try occlusion(pixels, outputs)
    }
  }

  /// The output whose gradient speaks for a class, and its sign: one output stands for the second
  /// of two classes.
  private func output(of label: Int) -> (index: Int, factor: Float) {
    isBinary ? (0, label == 1 ? 1 : -1) : (label, 1)
  }

  // MARK: SmoothGrad

  private func smoothGrad(
    _ pixels: [Float], _ output: (index: Int, factor: Float), seed: UInt64
  ) throws -> EvidenceMap {
    let range = (pixels.max() ?? 0) - (pixels.min() ?? 0)
    let deviation = Self.noise * range
    let gradients = try inspector.map(Self.noisyCopies) { copy, probe in
      var random = CounterRandom(seed: seed, purpose: .inspection).sequence(UInt32(copy))
      _ = try probe.forward(pixels.map { $0 + deviation * random.normal() })
      try probe.backward(ofOutput: output.index, factor: output.factor)
      return probe.imageGradient()
    }
    var mean = [Float](repeating: 0, count: pixels.count)
    for gradient in gradients {
      for index in mean.indices { mean[index] += gradient.elements[index] / Float(gradients.count) }
    }
    return EvidenceMap(saliencyOf: Tensor(shape: inspector.graph.inputShape, elements: mean))
  }

  // MARK: Occlusion

  /// By how much the logit falls while a square is covered by the image's mean colour, as the mean
  /// over all squares that a pixel is in (Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901).
  private func occlusion(
    _ pixels: [Float], _ outputs: [(index: Int, factor: Float)]
  ) throws -> [EvidenceMap] {
    let shape = inspector.graph.inputShape
    let (height, width) = (shape[1], shape[2])
    let squares = Self.squares(height: height, width: width)
    let colour = Self.meanColour(pixels, shape)
    // The first is the image as it is.
    let logits = try inspector.map(squares.count + 1) { index, probe in
      var covered = pixels
      if index > 0 {
        let (rows, columns) = squares[index - 1]
        for (channel, value) in colour.enumerated() {
          for row in rows {
            for column in columns { covered[(channel * height + row) * width + column] = value }
          }
        }
      }
      return try probe.forward(covered)
    }
    return outputs.map { output in
      var sums = [Float](repeating: 0, count: height * width)
      var counts = sums
      for (square, found) in zip(squares, logits.dropFirst()) {
        let fall = output.factor * (logits[0][output.index] - found[output.index])
        for row in square.rows {
          for column in square.columns {
            sums[row * width + column] += fall
            counts[row * width + column] += 1
          }
        }
      }
      return EvidenceMap(
        height: height, width: width, values: zip(sums, counts).map { max(0, $0 / $1) })
    }
  }

  /// Squares of about an eighth of the image, half of one apart, that cover all of it.
  static func squares(height: Int, width: Int) -> [(rows: Range<Int>, columns: Range<Int>)] {
    let side = max(1, min(height, width) / 8)
    func starts(_ length: Int) -> [Int] {
      Array(stride(from: 0, to: length - side, by: max(1, side / 2))) + [length - side]
    }
    return starts(height).flatMap { row in
      starts(width).map { (row..<row + side, $0..<$0 + side) }
    }
  }

  private static func meanColour(_ pixels: [Float], _ shape: Shape) -> [Float] {
    let places = shape[1] * shape[2]
    return (0..<shape[0]).map { channel in
      let sum = pixels[channel * places..<(channel + 1) * places].reduce(0.0) { $0 + Double($1) }
      return Float(sum / Double(places))
    }
  }
}

import Foundation
import Synchronization
import Tandem
import TandemProcess
import TandemReference

/// Backpropagation of the fast engine (float32) against numerical differentiation of the slow
/// reference network (double precision), parameter by parameter.
///
/// Images, labels and parameters come from the seed. Float32 rounds relative to the size of what it
/// adds up, so the difference of an element is taken relative to the larger of the element's
/// gradient and one hundredth of the largest gradient checked in the same parameter: without that
/// floor, an element whose gradient happens to be almost 0 would look wrong.
struct GradientCheck {
  let graph: NetworkGraph
  let images: Int
  let seed: UInt64
  /// Elements checked of each parameter; nil checks all of them.
  let samples: Int?

  struct Result: Encodable {
    /// The worst relative error of all parameters.
    let worstRelativeError: Double
    let parameters: [ParameterResult]
  }

  struct ParameterResult: Encodable {
    /// The dotted name: `conv1.weight`.
    let name: String
    let shape: Shape
    let elementsChecked: Int
    let worstRelativeError: Double
    /// Where it was, in PyTorch's plain order, and both gradients there.
    let worstElement: Int
    let backpropagated: Double
    let numerical: Double
  }

  /// The step of the central differences; double precision leaves nine digits of a gradient of 1.
  private static let step = 1e-6
  private static let floorOfScale = 0.01

  /// Images are drawn anew until no corner of the function is nearer than this: float32 and double
  /// precision then agree on the branches, and the differences straddle none.
  private static let distanceToCorner = 3e-6
  private static let draws = 20

  private var outputCount: Int { graph.outputShape.elementCount }

  func run() throws -> Result {
    let layout = graph.parameterLayout
    let arenaBytes = layout.elementCount * MemoryLayout<Float>.size
    let parameters = try MemoryArena(byteCount: arenaBytes, purpose: "parameters", use: .parameters)
    let gradients = try MemoryArena(byteCount: arenaBytes, purpose: "gradients")
    try MemoryLimits.require(
      bytes: referenceBytes, purpose: "reference network", use: .computation)
    layout.initialize(parameters.floats(), seed: seed)
    let values = Dictionary(
      uniqueKeysWithValues: layout.entries.map { entry in
        let values = UnsafeBufferPointer(
          start: parameters.floats(at: entry.offset), count: entry.elementCount)
        return (entry.name, values.map(Double.init))
      })

    let network = ReferenceNetwork(graph)
    let dropout = DropoutContext(seed: seed, epoch: 0, firstPosition: 0)
    let (pixels, labels) = batch(network, values, dropout)
    try backpropagate(
      pixels, labels, dropout, parameters: parameters.floats(), into: gradients.floats())
    let numerical = NumericalGradient(
      network: network, images: pixels.map(Double.init), labels: labels, parameters: values,
      dropout: dropout, step: Self.step)

    // In the order of the network; the arena has the last layer first.
    let entries = layout.trainedEntries.sorted {
      ($0.nodeIndex, $0.offset) < ($1.nodeIndex, $1.offset)
    }
    let results = entries.map { compare($0, gradients: gradients, numerical: numerical) }
    return Result(
      worstRelativeError: results.map(\.worstRelativeError).reduce(0, Self.larger),
      parameters: results)
  }

  /// What the reference network takes, roughly: its parameters and the outputs of all layers in
  /// double precision, and for each thread the outputs again and the parameter that it changes.
  private var referenceBytes: Int {
    let layout = graph.parameterLayout
    let largest = layout.entries.map(\.elementCount).max() ?? 0
    let outputs = graph.nodes.map(\.outputShape.elementCount).reduce(0, +) * images
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let elements = layout.elementCount + outputs + threads * (largest + outputs)
    return elements * MemoryLayout<Double>.size
  }

  /// Images and labels, of several draws the one that is farthest from a corner.
  private func batch(
    _ network: ReferenceNetwork, _ parameters: [String: [Double]], _ dropout: DropoutContext
  ) -> (pixels: [Float], labels: [Int32]) {
    var best = (pixels: [Float](), labels: [Int32](), distance: -Double.infinity)
    for draw in 0..<UInt32(Self.draws) where best.distance < Self.distanceToCorner {
      var random = CounterRandom(seed: seed, purpose: .test).sequence(0, draw)
      let pixels = (0..<images * graph.inputShape.elementCount).map { _ in random.normal() }
      let classes = Int32(max(2, outputCount))
      let labels = (0..<images).map { _ in Int32.random(in: 0..<classes, using: &random) }
      let exact = pixels.map(Double.init)
      let outputs = network.forward(
        images: exact, count: images, parameters: parameters, dropout: dropout)
      let distance = network.distanceToCorner(
        images: exact, count: images, parameters: parameters, dropout: dropout, outputs: outputs)
      if distance > best.distance { best = (pixels, labels, distance) }
    }
    return (best.pixels, best.labels)
  }

  private func backpropagate(
    _ pixels: [Float], _ labels: [Int32], _ dropout: DropoutContext,
    parameters: UnsafeMutablePointer<Float>, into gradients: UnsafeMutablePointer<Float>
  ) throws {
    let plan = try Plan(graph, images: images, mode: .training)
    let replica = try Replica(plan: plan, parameters: parameters)
    try pixels.withUnsafeBufferPointer { pixels in
      guard let start = pixels.baseAddress else { return }
      try replica.forward(images: start, dropout: dropout)
      try labels.withUnsafeBufferPointer { labels in
        guard let labels = labels.baseAddress else { return }
        // The softmax of a single output would always be 1.
        let loss = try Loss(outputCount == 1 ? .binaryCrossEntropy : .crossEntropy)
        func evaluate(
          _ logits: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, weight: Float
        ) {
          _ = loss.evaluate(
            logits: logits, labels: labels, images: images,
            outputs: outputCount, gradient: gradient, scale: weight / Float(images))
        }
        evaluate(replica.logits, replica.logitsGradient, weight: 1)
        for output in replica.auxiliaryOutputs {
          evaluate(output.logits, output.gradient, weight: output.weight)
        }
      }
      try replica.backward(into: gradients)
    }
  }

  private func compare(
    _ entry: ParameterLayout.Entry, gradients: MemoryArena, numerical: NumericalGradient
  ) -> ParameterResult {
    let elements = checkedElements(of: entry)
    let expected = Mutex([Double](repeating: 0, count: elements.count))
    OwnThread.sideBySide(elements.count) { index in
      let value = numerical.ofParameter(entry.name, element: elements[index])
      expected.withLock { $0[index] = value }
    }
    let pairs = zip(elements, expected.withLock { $0 }).map { element, numerical in
      (element, Double(gradients.floats(at: entry.offset)[element]), numerical)
    }
    let floor = Self.floorOfScale * (pairs.map { max(abs($0.1), abs($0.2)) }.max() ?? 0)
    var worst = (element: 0, error: 0.0, backpropagated: 0.0, numerical: 0.0)
    for (element, backpropagated, numerical) in pairs {
      let scale = max(abs(backpropagated), abs(numerical), floor)
      let error = backpropagated == numerical ? 0 : abs(backpropagated - numerical) / scale
      if error > worst.error || error.isNaN {
        worst = (element, error.isNaN ? .infinity : error, backpropagated, numerical)
      }
    }
    return ParameterResult(
      name: entry.name, shape: entry.parameter.shape, elementsChecked: elements.count,
      worstRelativeError: worst.error, worstElement: worst.element,
      backpropagated: worst.backpropagated, numerical: worst.numerical)
  }

  /// All elements, or different ones drawn at random.
  private func checkedElements(of entry: ParameterLayout.Entry) -> [Int] {
    guard let samples, samples < entry.elementCount else { return Array(0..<entry.elementCount) }
    var random = CounterRandom(seed: seed, purpose: .test).sequence(
      1, UInt32(entry.offset & 0xFFFF_FFFF))
    var chosen: Set<Int> = []
    while chosen.count < samples {
      chosen.insert(Int.random(in: 0..<entry.elementCount, using: &random))
    }
    return chosen.sorted()
  }

  private static func larger(_ a: Double, _ b: Double) -> Double { max(a, b) }
}

import TandemExecution
import TandemNetwork
import TandemReference
import TandemTensor
import Testing

/// The proofs that every layer must pass, on a small network around it:
///
/// 1. forward equals the naive reference in double precision, at inference and in training;
/// 2. the gradients of input, weights and biases, each on its own, equal finite differences of the
///    reference (not of the engine: nothing that the engine does wrong can cancel out);
/// 3. output shape and parameter count are the literal ones.
///
/// The loss is a random linear function of the output, so that no gradient is zero by symmetry.
struct ThreeProofs {
  let graph: NetworkGraph
  let images: [Float]
  let count: Int
  let parameters: MemoryArena
  let lossWeights: [Float]
  var dropout: DropoutContext?
  /// About how many elements of a large tensor are tried.
  var differencesPerTensor = 60
  /// False for oneDNN's everywhere.
  var usesOwnKernels = true

  /// Errors are relative to the largest magnitude of the tensor.
  static let forwardTolerance = 5e-6
  static let gradientTolerance = 1e-5

  /// - Parameter values: what images, parameters and the gradient of the output are drawn from.
  init(
    _ network: Network, images count: Int = 3, seed: UInt64 = 1, values: Values = .normal
  ) throws {
    graph = try network.graph()
    self.count = count
    var random = CounterRandom(seed: seed, purpose: .test).sequence(0)
    func draw(_ count: Int) -> [Float] {
      (0..<count).map { _ in values == .normal ? random.normal() : random.sign(probability: 0.5) }
    }
    images = draw(count * graph.inputShape.elementCount)
    lossWeights = draw(count * graph.outputShape.elementCount)
    parameters = try MemoryArena(
      byteCount: graph.parameterLayout.elementCount * 4, purpose: "test parameters")
    for entry in graph.parameterLayout.entries {
      // Keeps activations near 1, so that float32's errors stay small next to them.
      let scale = 1 / Float(entry.parameter.fanIn).squareRoot()
      for index in entry.range {
        if values == .smallIntegers {
          parameters.floats()[index] = random.sign(
            probability: min(1, 3 / Float(entry.parameter.fanIn)))
          continue
        }
        let value = random.normal() * scale
        // A variance is above 0.
        parameters.floats()[index] =
          entry.parameter.name == "running_var" ? abs(value) + 0.5 : value
      }
    }
  }

  enum Values {
    case normal
    /// −1, 0 and 1, of the parameters so few others than 0 that sums stay small.
    case smallIntegers
  }

  // MARK: The engine

  struct Result {
    var output: [Float]
    var imagesGradient: [Float]
    var gradients: [String: [Float]]
  }

  func runEngine(shareOfStep: Float = 1, precision: Precision = .float32) throws -> Result {
    let plan = try Plan(
      graph, images: count, mode: .training, precision: precision,
      use: PlanUse(gradientOfImages: true, usesOwnKernels: usesOwnKernels))
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    let arena = try MemoryArena(
      byteCount: graph.parameterLayout.elementCount * 4, purpose: "test gradients")
    // Whatever backward leaves unwritten shows as NaN.
    for index in 0..<graph.parameterLayout.elementCount { arena.floats()[index] = .nan }
    return try images.withUnsafeBufferPointer { images in
      try replica.forward(images: images.baseAddress!, dropout: dropout)
      let output = Array(UnsafeBufferPointer(start: replica.logits, count: lossWeights.count))
      for index in lossWeights.indices {
        replica.logitsGradient[index] = lossWeights[index]
        for output in replica.auxiliaryOutputs {
          output.gradient[index] = lossWeights[index] * output.weight
        }
      }
      try replica.backward(into: arena.floats(), shareOfImage: shareOfStep / Float(count))
      let imagesGradient = try #require(replica.imagesGradient)
      return Result(
        output: output,
        imagesGradient: Array(UnsafeBufferPointer(start: imagesGradient, count: images.count)),
        gradients: Dictionary(
          uniqueKeysWithValues: graph.parameterLayout.entries.map { entry in
            let start = arena.floats() + entry.offset
            return (entry.name, Array(UnsafeBufferPointer(start: start, count: entry.elementCount)))
          }))
    }
  }

  func runInference(precision: Precision = .float32) throws -> [Float] {
    let plan = try Plan(
      graph, images: count, mode: .inference, precision: precision,
      use: PlanUse(usesOwnKernels: usesOwnKernels))
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    return try images.withUnsafeBufferPointer { images in
      try replica.forward(images: images.baseAddress!)
      return Array(UnsafeBufferPointer(start: replica.logits, count: lossWeights.count))
    }
  }

  // MARK: The reference

  var referenceParameters: [String: [Double]] {
    Dictionary(
      uniqueKeysWithValues: graph.parameterLayout.entries.map { entry in
        (entry.name, entry.range.map { Double(parameters.floats()[$0]) })
      })
  }

  func referenceOutput(training: Bool = true) -> [Double] {
    referenceOutputs(training: training).last ?? []
  }

  private func referenceOutputs(
    images: [Double]? = nil, parameters: [String: [Double]]? = nil, training: Bool = true
  ) -> [[Double]] {
    ReferenceNetwork(graph).forward(
      images: images ?? self.images.map(Double.init), count: count,
      parameters: parameters ?? referenceParameters, dropout: training ? dropout : nil,
      isTraining: training)
  }

  /// Of the network's output and, by their weights, of auxiliary ones.
  func referenceLoss(images: [Double]? = nil, parameters: [String: [Double]]? = nil) -> Double {
    let outputs = referenceOutputs(images: images, parameters: parameters)
    let auxiliaries = graph.auxiliaryOutputs.map { ($0.node, Double($0.weight)) }
    return ([(outputs.count - 1, 1.0)] + auxiliaries).reduce(0) { loss, output in
      zip(outputs[output.0], lossWeights).reduce(loss) {
        $0 + output.1 * $1.0 * Double($1.1)
      }
    }
  }

  /// The centred difference of the loss in each of `values`, or in some of many.
  private func differences(
    of values: [Double], loss: ([Double]) -> Double
  ) -> [(index: Int, value: Double)] {
    // Small, so that hardly any ReLU or maximum changes sides within it.
    let step = 1e-7
    let interval = max(1, values.count / differencesPerTensor)
    return stride(from: 0, to: values.count, by: interval).map { index in
      var moved = values
      moved[index] = values[index] + step
      let above = loss(moved)
      moved[index] = values[index] - step
      return (index, (above - loss(moved)) / (2 * step))
    }
  }

  // MARK: The proofs

  func check(
    output: Shape, parameters count: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(graph.outputShape == output, sourceLocation: sourceLocation)
    #expect(graph.parameterLayout.trainableParameters == count, sourceLocation: sourceLocation)
    let problems = try problems(in: runEngine(), inference: runInference())
    #expect(problems.isEmpty, "\(problems)", sourceLocation: sourceLocation)
  }

  /// What is wrong with a result; a test of its own shows that this finds wrong results.
  func problems(in result: Result, inference: [Float]) -> [String] {
    var problems: [String] = []
    func compare(_ name: String, _ actual: [Double], _ expected: [Double], _ tolerance: Double) {
      var scale = expected.map(abs).max() ?? 0
      // A single sum may be small although its terms are not.
      if expected.count == 1, scale > 0 { scale = max(scale, 0.05) }
      if scale == 0 { problems.append("\(name): the expected values are all zero") }
      let worst = zip(actual, expected).map { abs($0 - $1) }.max() ?? 0
      let isNumber = actual.allSatisfy(\.isFinite)
      if !isNumber || worst > tolerance * scale {
        problems.append("\(name): off by \(worst) of \(scale)")
      }
    }
    compare(
      "inference", inference.map(Double.init), referenceOutput(training: false),
      Self.forwardTolerance)
    compare(
      "forward", result.output.map(Double.init), referenceOutput(), Self.forwardTolerance)

    let inputDifferences = differences(of: images.map(Double.init)) { referenceLoss(images: $0) }
    compare(
      "input gradient", inputDifferences.map { Double(result.imagesGradient[$0.index]) },
      inputDifferences.map(\.value), Self.gradientTolerance)
    let values = referenceParameters
    for entry in graph.parameterLayout.trainedEntries {
      let parameterDifferences = differences(of: values[entry.name] ?? []) { moved in
        referenceLoss(parameters: values.merging([entry.name: moved]) { $1 })
      }
      let actual = result.gradients[entry.name] ?? []
      compare(
        "gradient of \(entry.name)", parameterDifferences.map { Double(actual[$0.index]) },
        parameterDifferences.map(\.value), Self.gradientTolerance)
    }
    return problems
  }
}

extension CounterRandom.Sequence {
  /// −1 or 1 with the given probability, else 0.
  fileprivate mutating func sign(probability: Float) -> Float {
    let draw = uniform()
    return draw < probability / 2 ? -1 : draw < probability ? 1 : 0
  }
}

import Foundation
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Whole networks against PyTorch in double precision: outputs, loss, all gradients of a step, and
/// all weights after ten steps of the trainer.
///
/// `scripts/test-parity.sh` runs these tests twice with an environment variable: to write cases for
/// PyTorch, and to compare with its results on every network of the zoo. Without it, they compare
/// with the results in Tests/Fixtures/pytorch/zoo, which `scripts/test-parity.sh --fixtures`
/// writes.
@Suite struct ParityTests {
  private static let environment = ProcessInfo.processInfo.environment
  /// Where cases are to be written.
  static let casesFolder = environment["TANDEM_PARITY_CASES"]
  /// Where results of full networks are.
  static let resultsFolder = environment["TANDEM_PARITY_RESULTS"]
  /// The only case to write or compare, if not all.
  static let only = environment["TANDEM_PARITY_ONLY"]

  /// What the script asks for: the names of one of the two lists of cases.
  @Test("cases are listed", .enabled(if: environment["TANDEM_PARITY_LIST"] != nil)) func listing() {
    let list: [ParityCase] =
      switch Self.environment["TANDEM_PARITY_LIST"] {
      case "small": ParityCase.small
      case "changes": ParityCase.changes
      case "held-out": ParityCase.heldOut
      default: ParityCase.full
      }
    for parityCase in list {
      print("parity case \(parityCase.name)")
    }
  }

  @Test(
    "cases are written for PyTorch", .enabled(if: casesFolder != nil),
    arguments: (ParityCase.small + ParityCase.changes + ParityCase.heldOut + ParityCase.full)
      .filter { $0.name == only })
  func writing(_ parityCase: ParityCase) throws {
    try parityCase.write(to: try #require(Self.casesFolder))
  }

  @Test("narrow networks equal PyTorch's", .enabled(if: only == nil), arguments: ParityCase.small)
  func small(_ parityCase: ParityCase) throws {
    let differences = try Parity(parityCase, folder: PyTorchFixture.path("zoo")).differences()
    differences.expectSmall()
  }

  @Test(
    "a full network equals PyTorch's", .enabled(if: resultsFolder != nil),
    arguments: (ParityCase.small + ParityCase.full).filter { $0.name == only })
  func full(_ parityCase: ParityCase) throws {
    let differences = try Parity(parityCase, folder: try #require(Self.resultsFolder))
      .differences()
    print("parity of \(parityCase.name): \(differences)")
    differences.expectSmall()
  }

  /// Of all weights together: at most four times as far from double precision as PyTorch's float32,
  /// which has no Winograd's convolutions.
  @Test(
    "weights change as nearly as PyTorch's", .enabled(if: only == nil),
    arguments: ParityCase.changes)
  func changes(_ parityCase: ParityCase) throws {
    var parity = try Parity(parityCase, folder: PyTorchFixture.path("zoo"))
    let errors = try parity.errorsOfChanges()
    print("changes of \(parityCase.name): \(errors)")
    #expect(errors.ratio <= ChangeErrors.mostTimes)
    // A layer's weights that are 15 millionths larger are noticed.
    parity.scale("features.3.weight", by: 1 + 0x1p-16)
    #expect(try parity.errorsOfChanges().ratio > ChangeErrors.mostTimes)
  }

  /// Weights that are a thousandth larger in one layer are noticed.
  @Test("a wrong network is noticed", .enabled(if: only == nil)) func canFail() throws {
    let parityCase = try #require(ParityCase.small.first { $0.name == "resnet-18" })
    var parity = try Parity(parityCase, folder: PyTorchFixture.path("zoo"))
    parity.scale("layer2.0.conv1.weight", by: 1.01)
    let differences = try parity.differences()
    #expect(differences.trainingLogits < Parity.Differences.logitsTolerance)
    #expect(differences.inferenceLogits > Parity.Differences.logitsTolerance)
    #expect(differences.gradients > Parity.Differences.gradientsTolerance)
    #expect(differences.afterSteps > Parity.Differences.gradientsTolerance)
  }
}

/// One case computed by Tandem, beside PyTorch's results.
struct Parity {
  private let parityCase: ParityCase
  private let network: Network
  private let graph: NetworkGraph
  private let loss: Loss
  private let expected: [String: Tensor]
  private var parameters: [String: Tensor]

  /// Largest differences in a tensor relative to its largest element; of gradients and weights,
  /// relative to the largest element of the layer, or to a thousandth of the largest of all layers
  /// if that is more: a bias before a batch normalization has a gradient that is zero but for
  /// rounding.
  struct Differences: CustomStringConvertible {
    var inferenceLogits = 0.0
    var trainingLogits = 0.0
    var loss = 0.0
    var gradients = 0.0
    var afterSteps = 0.0
    /// Of `afterSteps`.
    var stepsTolerance = gradientsTolerance
    /// Where the worst gradient is.
    var worstGradient = ""

    static let logitsTolerance = 1e-4
    static let gradientsTolerance = 1e-3

    func expectSmall(sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(inferenceLogits < Self.logitsTolerance, sourceLocation: sourceLocation)
      #expect(trainingLogits < Self.logitsTolerance, sourceLocation: sourceLocation)
      #expect(loss < Self.logitsTolerance, sourceLocation: sourceLocation)
      #expect(gradients < Self.gradientsTolerance, sourceLocation: sourceLocation)
      #expect(afterSteps < stepsTolerance, sourceLocation: sourceLocation)
    }

    var description: String {
      func text(_ value: Double) -> String { String(format: "%.1e", value) }
      return "logits \(text(max(inferenceLogits, trainingLogits))), loss \(text(loss)), "
        + "gradients \(text(gradients)) (\(worstGradient)), after ten steps \(text(afterSteps))"
    }
  }

  init(_ parityCase: ParityCase, folder: String) throws {
    self.parityCase = parityCase
    network = try parityCase.network()
    graph = try network.graph()
    loss = try Loss(parityCase.lossKind())
    parameters = parityCase.parameters(graph.parameterLayout)
    expected = try SafeTensorsFile.read("\(folder)/\(parityCase.name).result.safetensors").tensors
  }

  mutating func scale(_ name: String, by factor: Float) {
    guard var tensor = parameters[name] else { preconditionFailure("no parameter \(name)") }
    tensor.elements = tensor.elements.map { $0 * factor }
    parameters[name] = tensor
  }

  func differences() throws -> Differences {
    var differences = Differences()
    differences.stepsTolerance = parityCase.stepsTolerance
    let arena = try parameterArena()
    differences.inferenceLogits = try withReplica(arena, .inference) { replica in
      try difference(logits(replica), "logits.inference")
    }
    try withReplica(arena, .training) { replica in
      differences.trainingLogits = try difference(logits(replica), "logits.training")
      differences.loss = try differenceOfLoss(replica)
      let gradients = try MemoryArena(
        byteCount: graph.parameterLayout.elementCount * 4, purpose: "test gradients")
      try replica.backward(into: gradients.floats())
      (differences.gradients, differences.worstGradient) = try worst(
        "gradients.",
        graph.parameterLayout.trainedEntries.map { entry in
          (
            entry.name,
            Array(
              UnsafeBufferPointer(
                start: gradients.floats(at: entry.offset), count: entry.elementCount))
          )
        })
    }
    differences.afterSteps = try worst("after.", parametersAfterSteps()).difference
    return differences
  }

  /// Of the weights' changes over all steps, see parity.py.
  func errorsOfChanges() throws -> ChangeErrors {
    var errors = ChangeErrors(
      pyTorch: Double(try #require(expected["float32.change"]).elements[0]))
    for (name, after) in try parametersAfterSteps() {
      let before = try #require(parameters[name]).elements
      let wanted = try #require(expected["change." + name], "\(name)").elements
      var layer = ChangeErrors.Layer(
        name: name, elementCount: after.count,
        pyTorch: (expected["float32.change." + name]?.elements[0]).map(Double.init))
      for (number, change) in wanted.enumerated() {
        let place = number * after.count / wanted.count
        let own = Double(after[place]) - Double(before[place])
        layer.squaredError += (own - Double(change)) * (own - Double(change))
        layer.squaredChange += Double(change) * Double(change)
      }
      layer.squaredError /= Double(wanted.count)
      layer.squaredChange /= Double(wanted.count)
      errors.layers.append(layer)
    }
    return errors
  }

  // MARK: Tandem

  private func parameterArena() throws -> MemoryArena {
    let layout = graph.parameterLayout
    let arena = try MemoryArena(byteCount: layout.elementCount * 4, purpose: "test parameters")
    for entry in layout.entries {
      for (index, value) in try #require(parameters[entry.name]).elements.enumerated() {
        arena.floats()[entry.offset + index] = value
      }
    }
    return arena
  }

  private func withReplica<Result>(
    _ arena: MemoryArena, _ mode: Plan.Mode, _ body: (Replica) throws -> Result
  ) throws -> Result {
    let plan = try Plan(graph, images: parityCase.images, mode: mode)
    let replica = try Replica(plan: plan, parameters: arena.floats())
    return try parityCase.pixels.withUnsafeBufferPointer { images in
      try replica.forward(images: try #require(images.baseAddress))
      return try body(replica)
    }
  }

  private func logits(_ replica: Replica) -> [Float] {
    Array(
      UnsafeBufferPointer(
        start: replica.logits, count: parityCase.images * graph.outputShape.elementCount))
  }

  /// Also leaves the gradients of all outputs in the replica.
  private func differenceOfLoss(_ replica: Replica) throws -> Double {
    let images = parityCase.images
    func evaluate(
      _ logits: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, weight: Float
    ) -> Double {
      Double(weight)
        * loss.evaluate(
          logits: logits, labels: parityCase.labels, images: images,
          outputs: graph.outputShape.elementCount, gradient: gradient, scale: weight / Float(images)
        ).meanLoss
    }
    var sum = evaluate(replica.logits, replica.logitsGradient, weight: 1)
    for output in replica.auxiliaryOutputs {
      sum += evaluate(output.logits, output.gradient, weight: output.weight)
    }
    let expectedLoss = Double(try #require(expected["loss"]).elements[0])
    return abs(sum - expectedLoss) / abs(expectedLoss)
  }

  /// By the trainer, as users train.
  private func parametersAfterSteps() throws -> [(String, [Float])] {
    let data = InMemoryDataset(
      name: "parity", imageShape: parityCase.input,
      classNames: (0..<parityCase.classes).map { "class \($0)" },
      pixels: .float32(parityCase.pixels), labels: parityCase.labels)
    var options = TrainingOptions()
    options.epochs = parityCase.steps
    options.batchSize = parityCase.images
    options.optimizer = AnyOptimizer(
      SGD(momentum: ParityCase.momentum, weightDecay: ParityCase.weightDecay))
    options.learningRate = parityCase.learningRate
    options.loss = loss.kind
    options.shuffle = false
    options.shards = 1
    options.workers = 1
    options.pinsWorkers = false
    options.evaluatesEachEpoch = false
    let trainer = try Trainer(
      network: network, data: DatasetPair(train: data, test: data),
      normalization: .unitScale(channels: parityCase.input[0]), options: options)
    try withTemporaryFolder { folder in
      try SafeTensorsFile(tensors: parameters).write(to: folder + "/w.safetensors")
      try trainer.loadWeights(folder + "/w.safetensors")
    }
    _ = try trainer.run()
    return trainer.parameters.map { ($0.name, $0.tensor.elements) }
  }

  // MARK: Comparing

  private func difference(_ actual: [Float], _ name: String) throws -> Double {
    let expected = try #require(self.expected[name], "\(name)").elements
    try #require(actual.count == expected.count, "\(name)")
    let largest = expected.map { abs(Double($0)) }.max() ?? 0
    return Self.difference(actual, expected) / largest
  }

  private static func difference(_ actual: [Float], _ expected: [Float]) -> Double {
    var worst = 0.0
    for (value, other) in zip(actual, expected) {
      let difference = abs(Double(value) - Double(other))
      worst = difference.isNaN ? .infinity : max(worst, difference)
    }
    return worst
  }

  private func worst(
    _ kind: String, _ actual: [(name: String, elements: [Float])]
  ) throws -> (difference: Double, name: String) {
    let names = Set(expected.keys.filter { $0.hasPrefix(kind) })
    try #require(names == Set(actual.map { kind + $0.name }))
    func layer(_ name: String) -> Substring { name[..<(name.lastIndex(of: ".") ?? name.endIndex)] }
    var sizes: [Substring: Double] = [:]
    for name in names {
      let size = expected[name]?.elements.map { abs(Double($0)) }.max() ?? 0
      sizes[layer(name)] = max(sizes[layer(name)] ?? 0, size)
    }
    let floor = 1e-3 * (sizes.values.max() ?? 0)
    var worst = (difference: 0.0, name: "")
    for (name, elements) in actual {
      let wanted = try #require(expected[kind + name]).elements
      // Of large tensors some elements only, at equal distances.
      let compared =
        wanted.count == elements.count
        ? elements : wanted.indices.map { elements[$0 * elements.count / wanted.count] }
      let difference =
        Self.difference(compared, wanted) / max(sizes[layer(kind + name)] ?? 0, floor)
      if difference > worst.difference { worst = (difference, name) }
    }
    return worst
  }
}

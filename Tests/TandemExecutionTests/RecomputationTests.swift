import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

@Suite struct RecomputationTests {
  static let images = 3

  /// Two blocks, the first with a shortcut of its own, and a sum that is rectified by itself; 10
  /// channels do not fill a vector.
  static let residual = Network("residual", input: [3, 10, 10]) {
    Conv2D(10, kernel: 3, padding: 1, bias: false)
    BatchNorm2D()
    ReLU()
    for convolvesShortcut in [true, false] {
      Residual {
        Conv2D(10, kernel: 1, bias: false)
        BatchNorm2D()
        ReLU()
        Conv2D(10, kernel: 3, padding: 1, bias: false)
        BatchNorm2D()
      } shortcut: {
        if convolvesShortcut {
          Conv2D(10, kernel: 1, bias: false)
          BatchNorm2D()
        }
      }
      ReLU()
    }
    Conv2D(4, kernel: 3)
    BatchNorm2D()
    Conv2D(4, kernel: 3)
    Dense(2)
  }

  static func plan(
    _ network: Network, images: Int = images, precision: Precision = .float32, mostBytes: Int
  ) throws -> Plan {
    try Plan(
      network.graph(), images: images, mode: .training, precision: precision,
      use: PlanUse(gradientOfImages: true, mostActivationBytes: mostBytes))
  }

  static func again(_ plan: Plan) -> [String] {
    plan.report.map(\.label).filter { $0.hasSuffix(" again") }
  }

  /// All gradients of a pass over made-up images.
  static func gradients(_ plan: Plan) throws -> [Float] {
    let layout = plan.graph.parameterLayout
    let parameters = try MemoryArena(byteCount: layout.elementCount * 4, purpose: "parameters")
    let gradients = try MemoryArena(byteCount: layout.elementCount * 4, purpose: "gradients")
    layout.initialize(parameters.floats(), seed: 3)
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    let elements = plan.images * plan.graph.inputShape.elementCount
    let images = (0..<elements).map { Float($0 * 7919 % 1013) / 500 - 1 }
    // Backward reads the images, too.
    try images.withUnsafeBufferPointer {
      try replica.forward(images: #require($0.baseAddress))
      for index in 0..<plan.images * plan.graph.outputShape.elementCount {
        replica.logitsGradient[index] = Float(index % 5) - 1.5
      }
      try replica.backward(into: gradients.floats())
    }
    let ofImages = try #require(replica.imagesGradient)
    return Array(UnsafeBufferPointer(start: gradients.floats(), count: layout.elementCount))
      + Array(UnsafeBufferPointer(start: ofImages, count: elements))
  }

  @Test(arguments: [Precision.float32, .bfloat16])
  func givesTheSameBits(precision: Precision) throws {
    if precision == .bfloat16, (try? precision.check()) == nil { return }
    let kept = try Self.plan(Self.residual, precision: precision, mostBytes: .max)
    let computed = try Self.plan(Self.residual, precision: precision, mostBytes: 0)
    #expect(Self.again(kept).isEmpty)
    #expect(computed.arenaBytes < kept.arenaBytes)
    #expect(
      try Self.gradients(computed).map(\.bitPattern) == Self.gradients(kept).map(\.bitPattern))
  }

  /// A sum is computed again with the terms that were not kept: oneDNN's normalizations, while our
  /// own kernels compute them along with the sum.
  @Test(arguments: [false, true])
  func computesSumsAgain(usesOwnKernels: Bool) throws {
    let plan = try Plan(
      Self.residual.graph(), images: Self.images, mode: .training,
      use: PlanUse(mostActivationBytes: 0, usesOwnKernels: usesOwnKernels))
    let labels = Set(Self.again(plan))
    let sums: Set = ["bn1 again", "residual1 again", "residual2 again"]
    let terms: Set = [
      "residual1.bn2 again", "residual1.shortcut.bn1 again", "residual2.bn2 again",
    ]
    #expect(labels.isSuperset(of: sums), "\(labels)")
    #expect(labels.isDisjoint(with: terms) == usesOwnKernels, "\(labels)")
  }

  /// Forward keeps the inputs and the outputs of normalizations, about 3 MB each.
  @Test func computesNoMoreAgainThanItTakes() throws {
    let network = try Zoo.network(named: "cifar-resnet-20")
    let counts = try [0, 5 << 20, .max].map {
      try Self.again(Self.plan(network, images: 4, mostBytes: $0)).count
    }
    #expect(counts[0] > counts[1])
    #expect(counts[1] > counts[2])
    #expect(counts[2] == 0)
  }

  /// What it is for; the bound is below what keeping the outputs of normalizations takes.
  @Test func keepsResNet50Small() throws {
    let graph = try Zoo.network(named: "resnet-50").graph()
    let plan = try Plan(graph, images: 8, mode: .training)
    #expect(plan.arenaBytes < 450 << 20)
    let few = try Plan(graph, images: 2, mode: .training)
    #expect(Self.again(few).isEmpty)
  }
}

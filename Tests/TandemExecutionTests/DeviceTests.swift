import Foundation
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// The devices of a model group together compute what one device computes with the whole network:
/// logits, loss and the gradients of all parameters.
@Suite struct DeviceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let network: @Sendable () throws -> Network
    let testDescription: String
    let mesh: Mesh
    let parallelism: Parallelism
    /// Images that each device has to itself.
    let images: [Int]

    init(
      _ name: String, _ mesh: String, _ parallelism: Parallelism, images: [Int],
      _ network: @escaping @Sendable () throws -> Network
    ) {
      self.network = network
      self.mesh = Mesh(mesh)!
      self.parallelism = parallelism
      self.images = images
      testDescription = "\(name) \(parallelism) on \(mesh)"
    }
  }

  static let towers: @Sendable () -> Network = {
    Network("towers", input: [3, 12, 12]) {
      Conv2D(32, kernel: 3, padding: 1)
      ReLU()
      LocalResponseNorm(size: 5, alpha: 0.1, alphaReading: .sum, groups: 2)
      MaxPool2D(2)
      Conv2D(64, kernel: 3, padding: 1, groups: 2)
      ReLU()
      Conv2D(24, kernel: 3)
      Tanh()
      Dropout(0.5)
      Dense(20)
      ReLU()
      Dropout(0.25)
      Dense(10)
    }
  }

  /// Slices with gaps, neighbours' channels, several readers, an auxiliary output.
  static func branches(_ normalizes: Bool) -> Network {
    Network("branches", input: [3, 10, 10]) {
      Conv2D(16, kernel: 3, padding: 1, bias: false)
      if normalizes { BatchNorm2D() }
      ReLU()
      LocalResponseNorm(size: 5, alpha: 0.1, alphaReading: .sum)
      Concat("join") {
        Branch { Conv2D(8, kernel: 1) }
        Branch {
          Conv2D(12, kernel: 1)
          ReLU()
          Conv2D(20, kernel: 3, padding: 1)
        }
        Branch { MaxPool2D(3, stride: 1, padding: 1) }
      }
      Auxiliary("side", weight: 0.3) {
        GlobalAveragePool2D()
        Dense(6)
      }
      Residual {
        Conv2D(44, kernel: 3, padding: 1)
        ReLU()
        Conv2D(44, kernel: 3, padding: 1)
      }
      ReLU()
      GlobalAveragePool2D()
      Dropout(0.5)
      Dense(6)
    }
  }

  static let cases: [Case] = [
    Case("towers", "1x2", .model, images: [2, 2], towers),
    Case(
      "towers", "1x4", .model, images: [1, 1, 1, 1],
      {
        Network("towers of four", input: [3, 12, 12]) {
          Conv2D(32, kernel: 3, padding: 1)
          ReLU()
          MaxPool2D(2)
          Conv2D(64, kernel: 3, padding: 1, groups: 4)
          ReLU()
          Dense(20)
          Dropout(0.5)
          Dense(8)
        }
      }),
    Case("towers", "1x2", .hybrid, images: [3, 2], towers),
    Case("towers", "1x2", .data, images: [3, 2], towers),
    Case("branches", "1x2", .model, images: [2, 2]) { branches(true) },
    // What is gathered for a convolution is pooled by both devices.
    Case("pooled branch", "1x2", .model, images: [2, 2]) {
      Network("pooled branch", input: [3, 8, 8]) {
        Conv2D(8, kernel: 3, padding: 1)
        Concat {
          Branch { Conv2D(4, kernel: 1) }
          Branch {
            MaxPool2D(3, stride: 1, padding: 1)
            Conv2D(6, kernel: 1)
          }
        }
        Dense(4)
      }
    },
    // Each device computes all probabilities, and has the gradients of its own.
    Case("softmax", "1x2", .model, images: [2, 1]) {
      Network("soft", input: [1, 4, 4]) {
        Dense(8)
        Softmax()
        Dense(6)
        Softmax()
      }
    },
    // Statistics of a device's own images are not those of all.
    Case("branches", "1x2", .hybrid, images: [2, 2]) { branches(false) },
    Case("alexnet", "1x2", .model, images: [1, 1]) {
      try Zoo.network(named: "alexnet", input: [3, 96, 96], width: 0.125)
    },
  ]

  @Test(arguments: cases)
  func devicesTogetherAreTheNetwork(_ test: Case) throws {
    let network = try test.network()
    let count = test.images.reduce(0, +)
    var proofs = try ThreeProofs(network, images: count)
    proofs.dropout = DropoutContext(seed: 3, epoch: 1, firstPosition: 7)
    // Each device has all logits but for its own part of the images where all is placed `.data`.
    let expected = try proofs.runEngine()
    let actual = try Group(test, proofs).run()
    expectNear("output", actual.output, expected.output)
    for (name, gradient) in expected.gradients {
      expectNear(name, actual.gradients[name] ?? [], gradient)
    }
  }

  /// What the losses read is not rounded, whoever has computed it: some numbers have bits that
  /// bfloat16 has not.
  @Test(
    .enabled(if: (try? Precision.bfloat16.check()) != nil, "oneDNN has no bfloat16 here"),
    arguments: [Parallelism.model, .hybrid])
  func outputsOfDevicesAreNotRounded(_ parallelism: Parallelism) throws {
    let test = Case("towers", "1x2", parallelism, images: [2, 2], Self.towers)
    var proofs = try ThreeProofs(test.network(), images: 4)
    proofs.dropout = DropoutContext(seed: 3, epoch: 1, firstPosition: 7)
    let output = try Group(test, proofs, .bfloat16).run().output
    for slice in [0..<5, 5..<10] {
      #expect(slice.contains { output[$0].bitPattern & 0xFFFF != 0 }, "\(output[slice])")
    }
  }

  private func expectNear(_ name: String, _ actual: [Float], _ expected: [Float]) {
    let scale = expected.map(abs).max() ?? 0
    #expect(actual.count == expected.count, "\(name)")
    #expect(scale > 0, "\(name)")
    let worst = zip(actual, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst <= 2e-5 * scale, "\(name)")
  }
}

/// A model group of threads.
private struct Group {
  let test: DeviceTests.Case
  let proofs: ThreeProofs
  let placed: PlacedNetwork
  let precision: Precision

  init(
    _ test: DeviceTests.Case, _ proofs: ThreeProofs, _ precision: Precision = .float32
  ) throws {
    self.test = test
    self.precision = precision
    self.proofs = proofs
    placed = try PlacedNetwork(proofs.graph, mesh: test.mesh, parallelism: test.parallelism)
  }

  struct Device {
    var output: [Float] = []
    var gradients: [Float] = []
  }

  func run() throws -> (output: [Float], gradients: [String: [Float]]) {
    let plans = try test.images.indices.map { member in
      try Plan(
        DevicePart(try DeviceGraph(placed, member: member), images: test.images), mode: .training,
        precision: precision)
    }
    let memory = try CrossingMemory(for: plans)
    let barrier = Barrier(count: plans.count)
    let results = Locked([Result<Device, any Error>?](repeating: nil, count: plans.count))
    let threads = plans.indices.map { member in
      Thread {
        let result = Result { try run(member, plans[member], memory, barrier) }
        results.withLock { $0[member] = result }
        barrier.arrive(isLast: true)
      }
    }
    for thread in threads { thread.start() }
    barrier.waitForEnd()
    let devices = try results.withLock { try $0.map { try #require($0).get() } }
    return (
      isAllData ? devices.flatMap(\.output) : devices[0].output, gradients(devices)
    )
  }

  private var isAllData: Bool { test.parallelism == .data }

  /// Each device's own images, and slices of the parameters.
  private func run(
    _ member: Int, _ plan: Plan, _ memory: CrossingMemory, _ barrier: Barrier
  ) throws -> Device {
    let replica = try Replica(
      plan: plan, parameters: proofs.parameters.floats(), crossings: memory)
    replica.meet = { _ in barrier.arrive(isLast: false) }
    let arena = try MemoryArena(
      byteCount: proofs.graph.parameterLayout.elementCount * 4, purpose: "test gradients")
    let first = test.images.prefix(member).reduce(0, +)
    let outputs = proofs.graph.outputShape.elementCount
    return try proofs.images.withUnsafeBufferPointer { images in
      let start =
        plan.inputImages == proofs.count ? 0 : first * proofs.graph.inputShape.elementCount
      try replica.forward(images: images.baseAddress! + start, dropout: proofs.dropout)
      let output = Array(UnsafeBufferPointer(start: replica.logits, count: plan.images * outputs))
      let firstOutput = isAllData ? first * outputs : 0
      for index in output.indices {
        let weight = proofs.lossWeights[firstOutput + index]
        replica.logitsGradient[index] = weight
        for auxiliary in replica.auxiliaryOutputs {
          auxiliary.gradient[index] = weight * auxiliary.weight
        }
      }
      try replica.backward(into: arena.floats())
      return Device(
        output: output,
        gradients: Array(
          UnsafeBufferPointer(
            start: arena.floats(), count: proofs.graph.parameterLayout.elementCount)))
    }
  }

  /// What nobody has written is 0: slices and sums are sums.
  private func gradients(_ devices: [Device]) -> [String: [Float]] {
    Dictionary(
      uniqueKeysWithValues: proofs.graph.parameterLayout.entries.map { entry in
        (entry.name, entry.range.map { index in devices.reduce(0) { $0 + $1.gradients[index] } })
      })
  }
}

/// Threads wait for each other, and another one for their end. With a lock that the thread
/// sanitizer knows.
///
/// Safe to share: all that changes is touched with the lock held.
private final class Barrier: @unchecked Sendable {
  private let count: Int
  private let lock = NSLock()
  private var arrived = 0
  private var ended = 0

  init(count: Int) {
    self.count = count
  }

  func arrive(isLast: Bool) {
    let last = lock.withLock {
      if isLast { ended += 1 } else { arrived += 1 }
      return (arrived + count - 1) / count * count
    }
    while !isLast, lock.withLock({ arrived < last && ended == 0 }) { sched_yield() }
  }

  func waitForEnd() {
    while lock.withLock({ ended < count }) { usleep(100) }
  }
}

/// Safe to share: touched with the lock held.
private final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) {
    self.value = value
  }

  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try lock.withLock { try body(&value) }
  }
}

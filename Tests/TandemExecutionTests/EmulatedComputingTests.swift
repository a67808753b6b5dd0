import TandemExecution
import TandemNetwork
import TandemTensor
import Testing

/// Replicas that wait instead of computing.
@Suite struct EmulatedComputingTests {
  @Test func instructionsTakeTheMedianOfTheirTimes() {
    func span(_ number: Int, _ nanoseconds: UInt64) -> Timeline.Span {
      Timeline.Span(
        .instruction(number, images: 2), step: 0, begin: 0, end: 1000, nanoseconds: nanoseconds)
    }
    let spans = [
      span(0, 30), span(1, 5), span(0, 10), span(1, 7), span(0, 20), span(1, 6),
      Timeline.Span(.forward, step: 0, begin: 0, end: 1000),
    ]
    // The second is part of an exchange, and the last one did not run.
    let times = EmulatedComputing.times(exchanges: [false, true, false], spans)
    #expect(times == [20, nil, 0])
  }

  private static let network = Network("halves", input: [3, 8, 8]) {
    Conv2D(16, kernel: 3, padding: 1)
    ReLU()
    Conv2D(16, kernel: 3, padding: 1)
    Dropout(0.5)
    Dense(8)
  }

  private func arena(_ count: Int, _ value: Float) throws -> MemoryArena {
    let arena = try MemoryArena(byteCount: count * 4, purpose: "test")
    arena.floats().update(repeating: value, count: count)
    return arena
  }

  /// Of one device of two, which is alone: it has nobody to wait for.
  @Test func exchangesHappenAndNothingIsComputed() throws {
    let placed = try PlacedNetwork(
      Self.network.graph(), mesh: Mesh(data: 1, model: 2), parallelism: .model)
    let plan = try Plan(
      DevicePart(try DeviceGraph(placed, member: 0), images: [1, 1]), mode: .training)
    let layout = plan.graph.parameterLayout
    let parameters = try arena(layout.elementCount, 0)
    layout.initialize(parameters.floats(), seed: 1)
    let gradients = try arena(layout.elementCount, 0)
    let images = try arena(plan.inputImages * 3 * 64, 0.5)
    let replica = try Replica(
      plan: plan, parameters: parameters.floats(), crossings: CrossingMemory(for: [plan]))
    let dropout = DropoutContext(seed: 0, epoch: 0, firstPosition: 0)
    var meetings = 0
    func step() throws -> Int {
      meetings = 0
      try replica.forward(images: images.floats(), dropout: dropout)
      try replica.backward(into: gradients.floats())
      return meetings
    }
    replica.meet = { _ in meetings += 1 }
    let real = try step()
    try replica.emulateComputing(
      images: images.floats(), dropout: dropout, gradients: gradients.floats(), factors: [])
    gradients.floats().update(repeating: 7, count: layout.elementCount)
    #expect(try step() == real)
    #expect(real > 2)
    let values = UnsafeBufferPointer(start: gradients.floats(), count: layout.elementCount)
    #expect(values.allSatisfy { $0 == 7 })
    let logits = UnsafeBufferPointer(start: replica.logits, count: plan.images * 8)
    #expect(logits.allSatisfy { $0 == 0 })
  }

  /// Not less, that is: nobody sleeps for a shorter time than asked.
  @Test func passesTakeAsLongAsTheirInstructions() throws {
    let plan = try Plan(Self.network.graph(), images: 64, mode: .training)
    let parameters = try arena(plan.graph.parameterLayout.elementCount, 0)
    let gradients = try arena(plan.graph.parameterLayout.elementCount, 0)
    let images = try arena(64 * 3 * 64, 0.5)
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    let dropout = DropoutContext(seed: 0, epoch: 0, firstPosition: 0)
    try replica.emulateComputing(
      images: images.floats(), dropout: dropout, gradients: gradients.floats(), factors: [])
    let timeline = Timeline(.operators)
    replica.timeline = timeline
    try replica.forward(images: images.floats(), dropout: dropout)
    timeline.leave()
    // Everything is still told.
    let numbers = timeline.spans.compactMap { span -> Int? in
      if case .instruction(let number, _) = span.activity { number } else { nil }
    }
    let instructions = plan.report.indices.filter { plan.report[$0].section == "forward" }
    #expect(numbers == instructions)
    let times = try #require(replica.emulated).nanoseconds
    let computing = instructions.reduce(0) { $0 + (times[$1] ?? 0) }
    let passes = timeline.spans.filter { $0.activity == .forward }
    #expect(passes.count == 1)
    #expect(computing > 0)
    #expect(passes.reduce(0) { $0 + $1.nanoseconds } >= computing)
  }
}

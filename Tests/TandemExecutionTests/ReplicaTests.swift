import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

@Suite struct ReplicaTests {
  let graph: NetworkGraph
  let parameters: MemoryArena
  let images: [Float]

  init() throws {
    graph = try Network("small", input: [3, 8, 8]) {
      Conv2D(16, kernel: 3).named("conv")
      ReLU()
      MaxPool2D(2)
      Dense(5).named("dense")
    }.graph()
    parameters = try MemoryArena(
      byteCount: graph.parameterLayout.elementCount * 4, purpose: "test")
    graph.parameterLayout.initialize(parameters.floats(), seed: 3)
    var random = CounterRandom(seed: 1, purpose: .test).sequence(0)
    images = (0..<(6 * graph.inputShape.elementCount)).map { _ in random.normal() }
  }

  func gradients(
    _ replica: Replica, firstImage: Int = 0, finished: (Int) -> Void = { _ in }
  ) throws -> [Float] {
    let arena = try MemoryArena(
      byteCount: graph.parameterLayout.elementCount * 4, purpose: "test")
    return try images.withUnsafeBufferPointer { images in
      try replica.forward(images: images.baseAddress! + firstImage * graph.inputShape.elementCount)
      for index in 0..<(replica.plan.images * 5) {
        replica.logitsGradient[index] = Float(index % 7) - 3
      }
      try replica.backward(into: arena.floats(), finished: finished)
      return Array(
        UnsafeBufferPointer(start: arena.floats(), count: graph.parameterLayout.elementCount))
    }
  }

  @Test func repeatsItselfBitForBitWhateverRanInBetween() throws {
    let plan = try Plan(graph, images: 2, mode: .training)
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    let first = try gradients(replica)
    let other = try gradients(replica, firstImage: 3)
    #expect(first != other)
    #expect(try gradients(replica) == first)
    // The first image's address decides nothing: image 3 of these six is not 64-byte aligned alike.
    let another = try Replica(plan: plan, parameters: parameters.floats())
    #expect(try gradients(another, firstImage: 3) == other)
  }

  @Test func replicasForDifferentImageCountsShareAWorkspace() throws {
    let large = try Plan(graph, images: 4, mode: .training)
    let small = try Plan(graph, images: 1, mode: .training)
    let workspace = try Workspace(for: [large, small])
    #expect(workspace.byteCount >= max(large.arenaBytes, small.arenaBytes))
    let shared = try [large, small].map {
      try Replica(plan: $0, parameters: parameters.floats(), workspace: workspace)
    }
    let alone = try [large, small].map { try Replica(plan: $0, parameters: parameters.floats()) }
    for _ in 0..<2 {
      for (a, b) in zip(shared, alone) { #expect(try gradients(a) == gradients(b)) }
    }
  }

  @Test func usesNewParametersOnceToldSo() throws {
    let plan = try Plan(graph, images: 1, mode: .inference)
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    func logits(_ replica: Replica) throws -> [Float] {
      try images.withUnsafeBufferPointer { try replica.forward(images: $0.baseAddress!) }
      return Array(UnsafeBufferPointer(start: replica.logits, count: 5))
    }
    let before = try logits(replica)
    graph.parameterLayout.initialize(parameters.floats(), seed: 4)
    replica.parametersChanged()
    let after = try logits(replica)
    #expect(before != after)
    #expect(try after == logits(Replica(plan: plan, parameters: parameters.floats())))
  }

  /// The arena holds the dense layer first: backward finishes it first.
  @Test func reportsFinishedGradientsInArenaOrder() throws {
    let plan = try Plan(graph, images: 2, mode: .training)
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    var marks: [Int] = []
    _ = try gradients(replica) { marks.append($0) }
    // 5 × 144 weights; 5 biases padded to 16; then 16 × 27 weights and 16 biases.
    #expect(marks == [736, 1184])
    #expect(graph.parameterLayout.elementCount == 1184)
  }

  @Test func timelineHasEveryInstructionInOrder() throws {
    let plan = try Plan(graph, images: 2, mode: .training)
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    let expected = try gradients(replica)
    let timeline = Timeline(.operators)
    timeline.step = 7
    replica.timeline = timeline
    replica.parametersChanged()
    #expect(try gradients(replica) == expected)
    timeline.leave()
    let spans = timeline.spans
    #expect(spans.allSatisfy { $0.step == 7 && $0.begin <= $0.end })
    let instructions = spans.filter { $0.activity != .forward && $0.activity != .backward }
    #expect(
      instructions.map(\.activity) == plan.report.indices.map { .instruction($0, images: 2) })
    for (span, next) in zip(instructions, instructions.dropFirst()) {
      #expect(span.end <= next.begin)
    }
    // Each phase holds its instructions.
    for (phase, sections) in [
      (Timeline.Activity.forward, ["prepare", "forward"]), (.backward, ["backward"]),
    ] {
      let whole = try #require(spans.first { $0.activity == phase })
      for (span, report) in zip(instructions, plan.report) where sections.contains(report.section) {
        #expect(whole.begin <= span.begin && span.end <= whole.end, "\(report.label)")
      }
    }
  }

  @Test func timelineOfPhasesHasNoInstructions() throws {
    let plan = try Plan(graph, images: 2, mode: .training)
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    let timeline = Timeline(.phases)
    replica.timeline = timeline
    _ = try gradients(replica)
    timeline.leave()
    #expect(timeline.spans.map(\.activity) == [.forward, .backward])
    #expect(timeline.spans[0].end == timeline.spans[1].begin)
  }

  @Test func namesTheFirstLayerThatIsNotFinite() throws {
    let plan = try Plan(graph, images: 1, mode: .training)
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    func find(_ images: [Float]) throws -> String? {
      try images.withUnsafeBufferPointer { try replica.findNonFinite(images: $0.baseAddress!) }
    }
    #expect(try find(images) == nil)
    var broken = images
    broken[17] = .nan
    #expect(try find(broken) == "the input images")

    let weight = try #require(
      graph.parameterLayout.entries.first { $0.name == "dense.weight" })
    let kept = parameters.floats()[weight.offset]
    parameters.floats()[weight.offset] = .infinity
    #expect(try find(images) == "parameter dense.weight")
    parameters.floats()[weight.offset] = kept

    // Finite weights and images whose products are not.
    let convolution = try #require(
      graph.parameterLayout.entries.first { $0.name == "conv.weight" })
    for index in convolution.range { parameters.floats()[index] = 3e38 }
    replica.parametersChanged()
    #expect(try find(images) == "layer conv")
  }

  /// What one backward adds to another's gradients is what it would put in their place.
  @Test(arguments: [true, false]) func addsToGradientsThatAreThere(usesOwnKernels: Bool) throws {
    func makePlan(addsGradients: Bool) throws -> Plan {
      try Plan(
        graph, images: 2, mode: .training,
        use: PlanUse(addsGradients: addsGradients, usesOwnKernels: usesOwnKernels))
    }
    let plan = try makePlan(addsGradients: true)
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    let first = try gradients(replica)
    #expect(
      first
        == (try gradients(
          Replica(plan: makePlan(addsGradients: false), parameters: parameters.floats()))))
    let second = try gradients(replica, firstImage: 3)
    let arena = try MemoryArena(
      byteCount: graph.parameterLayout.elementCount * 4, purpose: "test")
    for (position, firstImage) in [0, 3].enumerated() {
      try images.withUnsafeBufferPointer { images in
        try replica.forward(
          images: images.baseAddress! + firstImage * graph.inputShape.elementCount)
        for index in 0..<10 { replica.logitsGradient[index] = Float(index % 7) - 3 }
        try replica.backward(into: arena.floats(), adding: position > 0)
      }
    }
    let sum = UnsafeBufferPointer(start: arena.floats(), count: first.count)
    #expect(sum.elementsEqual(zip(first, second).map { $0 + $1 }))
    #expect(!sum.elementsEqual(second))
  }

  @Test(arguments: 1...5)
  func replicasMakeTheCopiesThatTheyShareTogether(parts: Int) throws {
    let plan = try Plan(graph, images: 2, mode: .training)
    let copies = try ParameterCopies(for: plan)
    let replicas = try (0..<parts).map {
      try Replica(
        plan: plan, parameters: parameters.floats(),
        copies: ParameterCopies.Part(copies, number: $0, of: parts))
    }
    for seed in [3, 4] as [UInt64] {
      graph.parameterLayout.initialize(parameters.floats(), seed: seed)
      for replica in replicas.reversed() { try replica.prepareCopies() }
      let alone = try gradients(Replica(plan: plan, parameters: parameters.floats()))
      for replica in replicas { #expect(try gradients(replica) == alone) }
    }
  }
}

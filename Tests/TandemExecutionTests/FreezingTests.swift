import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// What is frozen costs a forward pass and nothing else.
@Suite struct FreezingTests {
  private static let frozen = ["features.*", "classifier.0"]

  private func plan(_ name: String, _ patterns: [String], images: Int = 2) throws -> Plan {
    let graph = try Zoo.network(named: name, input: [3, 64, 64], width: 0.125).graph()
    let names = try patterns.flatMap { try graph.trainedNames(matching: NamePattern($0)) }
    return try Plan(graph.freezing(Set(names)), images: images, mode: .training)
  }

  private func labels(_ plan: Plan, _ section: String) -> [String] {
    plan.report.filter { $0.section == section }.map(\.label)
  }

  @Test func backwardEndsBehindTheFirstLayerThatIsTrained() throws {
    let whole = try plan("vgg-16-bn", [])
    let part = try plan("vgg-16-bn", Self.frozen)
    func layers(_ plan: Plan) -> Set<String> {
      Set(plan.report.filter { $0.section == "backward" }.map(\.layer))
    }
    #expect(layers(whole).contains("features.0"))
    #expect(
      layers(part).isSubset(of: ["classifier.3", "classifier.4", "classifier.5", "classifier.6"]))
    #expect(labels(part, "backward").contains("classifier.3 backward parameters"))
    #expect(!labels(part, "backward").contains("classifier.3 backward input"))
    #expect(labels(whole, "backward").count > 60)
    #expect(labels(part, "backward").count < 10)
    // No activation of the frozen layers outlives its last use in forward.
    #expect(part.arenaBytes < whole.arenaBytes / 3)
    let multiplyAdds = { (plan: Plan) in plan.report.reduce(0) { $0 + $1.multiplyAdds } }
    #expect(multiplyAdds(part) < multiplyAdds(whole) * 2 / 5)
  }

  /// Trained layers below frozen ones get their gradients through these.
  @Test func frozenLayersInTheMidstHaveNoGradientOfTheirOwn() throws {
    let part = try plan("vgg-16-bn", ["features.3", "features.4"])
    let backward = labels(part, "backward")
    #expect(backward.contains("features.3 backward input"))
    #expect(!backward.contains("features.3 backward parameters"))
    #expect(backward.contains("features.4 backward input"))
    #expect(!backward.contains("features.4 statistics"))
    #expect(backward.contains("features.0 backward parameters"))
  }

  /// A layer of which only a part is frozen computes that gradient along, and puts it nowhere.
  @Test func gradientsStayWithinTheirArena() throws {
    let network = Network("parts", input: [2, 6, 6]) {
      Conv2D(20, kernel: 3)
      BatchNorm2D()
      ReLU()
      Dense(300)
      ReLU()
      Dense(3)
    }
    let graph = try network.graph()
    for names in [
      ["conv1.weight", "bn1.bias", "dense1.weight"], ["conv1.bias", "bn1.weight", "dense1.bias"],
      ["dense2.weight", "dense1.weight", "conv1.weight"],
    ] {
      for addsGradients in [false, true] {
        let whole = try gradients(graph, addsGradients)
        let frozen = graph.freezing(Set(names))
        let part = try gradients(frozen, addsGradients)
        for entry in frozen.parameterLayout.changing.entries {
          let other = try #require(graph.parameterLayout.entries.first { $0.name == entry.name })
          #expect(
            Array(part.values[entry.range]) == Array(whole.values[other.range]),
            "\(entry.name), \(names) frozen")
        }
        #expect(part.values[frozen.parameterLayout.changingElementCount...].allSatisfy { $0 == 7 })
        #expect(part.finished == frozen.parameterLayout.changingElementCount)
      }
    }
  }

  /// All gradients of two passes over made-up images; what nobody wrote is 7.
  private func gradients(
    _ graph: NetworkGraph, _ adding: Bool
  ) throws -> (values: [Float], finished: Int) {
    let plan = try Plan(graph, images: 3, mode: .training, use: PlanUse(addsGradients: adding))
    let layout = graph.parameterLayout
    let parameters = try MemoryArena(byteCount: layout.elementCount * 4, purpose: "parameters")
    let gradients = try MemoryArena(byteCount: layout.elementCount * 4, purpose: "gradients")
    layout.initialize(parameters.floats(), seed: 3)
    gradients.floats().update(repeating: 7, count: layout.elementCount)
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    let images: [Float] = (0..<3 * 72).map { Float($0 * 7919 % 1013) / 500 - 1 }
    var finished = 0
    try images.withUnsafeBufferPointer {
      let start = try #require($0.baseAddress)
      for pass in 0..<(adding ? 2 : 1) {
        try replica.forward(images: start)
        for index in 0..<9 { replica.logitsGradient[index] = Float(index % 4) - 1.5 }
        try replica.backward(into: gradients.floats(), adding: pass > 0) { finished = $0 }
      }
    }
    let all = UnsafeBufferPointer(start: gradients.floats(), count: layout.elementCount)
    return (Array(all), finished)
  }
}

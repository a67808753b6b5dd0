import TandemInsight
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Maps of evidence on networks whose right maps are known.
@Suite struct EvidenceTests {
  /// Ends with the mean of each channel and one dense layer, so that Grad-CAM is CAM.
  private static let pooled = Network("pooled", input: [3, 20, 24]) {
    Conv2D(8, kernel: 3, padding: 1)
    BatchNorm2D()
    ReLU()
    MaxPool2D(2)
    Conv2D(12, kernel: 3, padding: 1)
    ReLU()
    Dropout(0.5)
    GlobalAveragePool2D()
    Dense(5)
  }

  private func with<Result>(
    _ network: Network, parameters: [String: Float] = [:],
    _ body: (ModelFile) throws -> Result
  ) throws -> Result {
    let layout = try network.graph().parameterLayout
    let arena = try MemoryArena(byteCount: layout.elementCount * 4, purpose: "test parameters")
    layout.initialize(arena.floats(), seed: 7)
    var tensors: [String: Tensor] = [:]
    for entry in layout.entries {
      let values = UnsafeBufferPointer(
        start: arena.floats(at: entry.offset), count: entry.elementCount)
      tensors[entry.name] = Tensor(
        shape: entry.parameter.shape,
        elements: values.map { value in parameters[entry.name] ?? value })
    }
    return try withTemporaryFolder { folder in
      try SafeTensorsFile(tensors: tensors).write(to: folder + "/w.safetensors")
      return try body(ModelFile(contentsOf: folder + "/w.safetensors"))
    }
  }

  private func image(_ shape: Shape, seed: UInt64 = 1) -> [Float] {
    var random = CounterRandom(seed: seed, purpose: .test).sequence(0)
    return (0..<shape.elementCount).map { _ in random.normal() }
  }

  /// CAM: the channels of the last maps, weighted by the class's row of the dense layer.
  @Test func gradCAMIsCAMBeforeGlobalPooling() throws {
    try with(Self.pooled) { weights in
      let pixels = image(Self.pooled.inputShape)
      let evidence = try Evidence(
        network: Self.pooled, weights: weights, method: .gradCAM, workers: 2)
      #expect(evidence.layer == "relu2")
      let maps = try evidence.maps(of: pixels, for: [0, 1, 2, 3, 4])
      let inspector = try Inspector(
        network: Self.pooled, weights: weights,
        Inspector.Request(layers: ["relu2"], gradients: false), workers: 1)
      let outputs = try inspector.map(1) { _, probe in
        _ = try probe.forward(pixels)
        return probe.output()
      }[0]
      let rows = try #require(weights.tensors["dense1.weight"])
      let places = 10 * 12
      for (label, map) in maps.enumerated() {
        #expect(map.height == 10 && map.width == 12)
        for place in 0..<places {
          var cam = 0.0
          for channel in 0..<12 {
            cam +=
              Double(rows.elements[12 * label + channel])
              * Double(outputs.elements[channel * places + place]) / Double(places)
          }
          #expect(abs(Double(map.values[place]) - max(0, cam)) < 1e-6)
        }
      }
      #expect(maps.contains { !$0.isEmpty })
    }
  }

  /// A class whose row is negative, behind maps that are not: nothing speaks for it.
  @Test(arguments: EvidenceMethod.allCases)
  func whatNothingSpeaksForHasAnEmptyMap(method: EvidenceMethod) throws {
    try with(Self.pooled, parameters: ["dense1.weight": 0]) { weights in
      let evidence = try Evidence(network: Self.pooled, weights: weights, method: method)
      for map in try evidence.maps(of: image(Self.pooled.inputShape), for: [0, 4]) {
        #expect(map.isEmpty && map.values.allSatisfy { $0 == 0 })
        #expect(map.normalized(cuttingOff: 0.01).values.allSatisfy { $0 == 0 })
      }
    }
    try with(Self.pooled, parameters: ["dense1.weight": -1]) { weights in
      let evidence = try Evidence(network: Self.pooled, weights: weights, method: .gradCAM)
      let maps = try evidence.maps(of: image(Self.pooled.inputShape), for: [2])
      #expect(maps[0].values.allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: EvidenceMethod.allCases)
  func blankPicturesGiveNumbers(method: EvidenceMethod) throws {
    try with(Self.pooled) { weights in
      let evidence = try Evidence(network: Self.pooled, weights: weights, method: method)
      let count = Self.pooled.inputShape.elementCount
      for value: Float in [0, 0.7] {
        for map in try evidence.maps(of: Array(repeating: value, count: count), for: [0, 1]) {
          #expect(map.values.allSatisfy { $0.isFinite && $0 >= 0 })
          #expect(map.normalized().values.allSatisfy { (0...1).contains($0) })
          // Covering a part of what is the same everywhere changes nothing.
          if method == .occlusion { #expect(map.isEmpty) }
        }
      }
    }
  }

  @Test(arguments: EvidenceMethod.allCases)
  func mapsDoNotDependOnTheNumberOfWorkers(method: EvidenceMethod) throws {
    try with(Self.pooled) { weights in
      let pixels = image(Self.pooled.inputShape)
      let all = try [1, 2, 3].map { workers in
        let evidence = try Evidence(
          network: Self.pooled, weights: weights, method: method, workers: workers)
        let twice = try (0..<2).map { _ in try evidence.maps(of: pixels, for: [0, 3], seed: 5) }
        #expect(twice[0] == twice[1])
        return twice[0]
      }
      #expect(all[0] == all[1] && all[0] == all[2])
      #expect(all[0][0] != all[0][1])
    }
  }

  /// Adds up what is in the left upper quarter: gradients and falls of the logit are there only.
  @Test(arguments: [EvidenceMethod.occlusion, .saliency, .guided, .smoothGrad])
  func evidenceIsWhereItIs(method: EvidenceMethod) throws {
    let network = Network("corner", input: [1, 16, 16]) {
      Conv2D(1, kernel: 1, bias: false)
      ReLU()
      Dense(2)
    }
    let corner = { (index: Int) in index % 16 < 8 && index / 16 < 8 }
    try withTemporaryFolder { folder in
      let dense = (0..<512).map { $0 < 256 && corner($0) ? Float(0.1) : 0 }
      try SafeTensorsFile(tensors: [
        "conv1.weight": Tensor(shape: [1, 1, 1, 1], elements: [1]),
        "dense1.weight": Tensor(shape: [2, 256], elements: dense),
        "dense1.bias": Tensor(shape: [2], elements: [0, 0]),
      ]).write(to: folder + "/w.safetensors")
      let weights = try ModelFile(contentsOf: folder + "/w.safetensors")
      let evidence = try Evidence(network: network, weights: weights, method: method)
      // Light in the corner, dark elsewhere.
      let pixels = (0..<256).map { corner($0) ? Float(2) : 1 }
      let maps = try evidence.maps(of: pixels, for: [0, 1])
      #expect(maps[1].isEmpty)
      let normalized = maps[0].normalized()
      #expect(normalized.largest == 1)
      for (index, value) in normalized.values.enumerated() {
        if corner(index) {
          #expect(value > 0.3)
        } else if method != .occlusion || index % 16 > 9 || index / 16 > 9 {
          #expect(value == 0, "\(index)")
        }
      }
      if method == .saliency { #expect(abs(maps[0].largest - 0.1) < 1e-6) }
    }
  }

  /// The first of two classes is what speaks against the only output.
  @Test func oneOutputStandsForTwoClasses() throws {
    let network = Network("binary", input: [1, 8, 8]) {
      Conv2D(4, kernel: 3, padding: 1)
      ReLU()
      Dense(1)
    }
    try with(network) { weights in
      let evidence = try Evidence(network: network, weights: weights, method: .occlusion)
      #expect(evidence.classes == 2)
      let maps = try evidence.maps(of: image([1, 8, 8]), for: [0, 1])
      let inBoth = zip(maps[0].values, maps[1].values).count { $0 > 0 && $1 > 0 }
      #expect(inBoth == 0)
      #expect(!maps[0].isEmpty || !maps[1].isEmpty)
    }
  }

  @Test func wrongLayersAreRefusedByName() throws {
    try with(Self.pooled) { weights in
      #expect {
        try Evidence(network: Self.pooled, weights: weights, method: .gradCAM, layer: "dense1")
      } throws: { error in
        "\(error)".contains("dense1") && "\(error)".contains("relu2")
      }
      #expect {
        try Evidence(network: Self.pooled, weights: weights, method: .gradCAM, layer: "cov1")
      } throws: { error in
        "\(error)".contains("conv1")
      }
      #expect {
        let evidence = try Evidence(network: Self.pooled, weights: weights, method: .gradCAM)
        _ = try evidence.maps(of: image(Self.pooled.inputShape), for: [5])
      } throws: { error in
        "\(error)".contains("5") && "\(error)".contains("0 to 4")
      }
    }
    let flat = Network("flat", input: [1, 8, 8]) { Dense(3) }
    _ = try with(flat) { weights in
      #expect {
        try Evidence(network: flat, weights: weights, method: .gradCAM)
      } throws: { error in
        "\(error)".contains("convolution")
      }
    }
  }
}

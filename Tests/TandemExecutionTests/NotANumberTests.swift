import CKernels
import TandemExecution
import TandemNetwork
import TandemTensor
import Testing

/// What is not a number stays so where PyTorch keeps it, so that it shows at the end.
@Suite struct NotANumberTests {
  @Test(arguments: [1, 15, 16, 40])
  func rectifies(count: Int) {
    let values: [Float] = (0..<count).map { [-1, 2, .nan, -.infinity, .infinity, 0, -0.0][$0 % 7] }
    let expected: [Float] = (0..<count).map { [0, 2, .nan, 0, .infinity, 0, 0][$0 % 7] }
    var found = Array(repeating: Float(-5), count: count)
    tandem_rectify(&found, values, count, false)
    #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))

    let halves = values.map { UInt16($0.bitPattern >> 16) }
    var foundHalves = Array(repeating: UInt16.max, count: count)
    tandem_rectify(&foundHalves, halves, count, true)
    #expect(foundHalves == expected.map { UInt16($0.bitPattern >> 16) })
  }

  /// A ReLU of its own, and one that our kernels compute with a convolution and a pooling.
  @Test func passesReLUs() throws {
    let alone = Network("relu", input: [2, 3, 3]) { ReLU() }
    #expect(try logits(alone, [.nan, -1, 2])[0..<3].map(\.isNaN) == [true, false, false])
    for pools in [false, true] {
      let network = Network("lanes", input: [1, 6, 6]) {
        Conv2D(6, kernel: 3)
        ReLU()
        if pools { MaxPool2D(2) }
      }
      let plan = try Plan(network.graph(), images: 16, mode: .inference)
      #expect(plan.report.contains { $0.kind == "conv" && $0.implementation == "tandem" })
      // In the corner, which one window sees, and in the middle, which all see.
      for (place, count) in [(0, 1), (14, pools ? 4 : 9)] {
        var image = Array(repeating: Float(1), count: 36)
        image[place] = .nan
        let result = try logits(network, image, images: 16)
        let ofImage = plan.graph.outputShape.elementCount
        #expect(result[0..<ofImage].count { $0.isNaN } == 6 * count)
        #expect(result[ofImage...].allSatisfy { !$0.isNaN })
      }
    }
  }

  /// After layers that oneDNN computes, in training, where weights may stop being numbers.
  @Test(arguments: [Precision.float32, .bfloat16])
  func passesReLUsAfterLayersOfOneDNN(precision: Precision) throws {
    if (try? precision.check()) == nil { return }
    let dense = Network("dense", input: [1800, 1, 1]) {
      Dense(300)
      ReLU()
    }
    let convolution = Network("convolution", input: [3, 40, 40]) {
      Conv2D(32, kernel: 3, stride: 2)
      ReLU()
    }
    for network in [dense, convolution] {
      let plan = try Plan(network.graph(), images: 2, mode: .training, precision: precision)
      #expect(plan.report.contains { $0.section == "forward" && $0.implementation != "tandem" })
      let outputs = try logits(network, [.nan], images: 2, mode: .training, precision: precision)
      let seen = network.name == "dense" ? 300 : 32
      #expect(outputs.count { $0.isNaN } == seen, "\(network.name)")
    }
  }

  @Test(arguments: [Plan.Mode.training, .inference])
  func passesReLUsAfterOwnProducts(mode: Plan.Mode) throws {
    let network = Network("dense", input: [70, 1, 1]) {
      Dense(30)
      ReLU()
    }
    let plan = try Plan(network.graph(), images: 2, mode: mode)
    #expect(plan.report.allSatisfy { $0.implementation == "tandem" })
    #expect(try logits(network, [.nan], images: 2, mode: mode).count { $0.isNaN } == 30)
  }

  @Test func passesMaxPooling() throws {
    let network = Network("pool", input: [1, 5, 5]) { MaxPool2D(3, stride: 2) }
    // The middle, which all windows see, and a corner.
    for (place, count) in [(12, 4), (0, 1)] {
      var image = Array(repeating: Float(1), count: 25)
      image[place] = .nan
      #expect(try logits(network, image).count { $0.isNaN } == count)
    }
  }

  /// PyTorch's: the gradient passes where the output is not ≤ 0, so also where it is not a number.
  /// Into another place, and into the gradient's own.
  @Test(arguments: [1, 16, 40]) func derivativesOfReLUsPassThem(count: Int) {
    let output: [Float] = (0..<count).map { [1, 0, .nan, -0.0][$0 % 4] }
    let gradient: [Float] = (0..<count).map { [.nan, 2, 3, -4][($0 + $0 / 4) % 4] }
    let expected = zip(output, gradient).map { $0 <= 0 ? 0 : $1 }
    var found = Array(repeating: Float(-5), count: count)
    tandem_rectify_backward(&found, gradient, output, count)
    #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
    found = gradient
    found.withUnsafeMutableBufferPointer {
      tandem_rectify_backward($0.baseAddress!, $0.baseAddress!, output, count)
    }
    #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
  }

  /// PyTorch's: the gradient passes where the output is not up to 0.
  @Test func sumsOfGradientsPassThem() {
    let output: [Float] = [1, 0, .nan, -1]
    let (a, b): ([Float], [Float]) = ([1, 2, 3, 4], [10, 20, 30, 40])
    var sum: [Float] = [0, 0, 0, 0]
    a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        output.withUnsafeBytes { output in
          let terms = [a.baseAddress, b.baseAddress]
          tandem_sum_terms(
            &sum, terms, 2, 4, false,
            tandem_after_sum(rectifies: false, output: output.baseAddress))
        }
      }
    }
    #expect(sum == [11, 0, 33, 0])
  }

  /// The network's outputs for an image whose first values are given, and for others of ones.
  private func logits(
    _ network: Network, _ first: [Float], images: Int = 1, mode: Plan.Mode = .inference,
    precision: Precision = .float32
  ) throws -> [Float] {
    let graph = try network.graph()
    let plan = try Plan(graph, images: images, mode: mode, precision: precision)
    let parameters = try MemoryArena(
      byteCount: max(64, graph.parameterLayout.elementCount * 4), purpose: "test")
    let weights = parameters.floats()
    for index in 0..<graph.parameterLayout.elementCount { weights[index] = 0.5 }
    var input = Array(repeating: Float(1), count: images * graph.inputShape.elementCount)
    input.replaceSubrange(0..<first.count, with: first)
    let replica = try Replica(plan: plan, parameters: weights)
    try input.withUnsafeBufferPointer { try replica.forward(images: $0.baseAddress!) }
    let count = images * graph.outputShape.elementCount
    return Array(UnsafeBufferPointer(start: replica.logits, count: count))
  }
}

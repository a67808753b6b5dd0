import Foundation
import TandemInsight
import TandemNetwork
import TandemTensor
import TandemTraining
import TandemZoo
import TestSupport
import Testing

/// Inner values of networks and their gradients against PyTorch's hooks in double precision.
///
/// `scripts/test-parity.sh --insight` runs these tests with environment variables: to write cases
/// for PyTorch, and to compare with its results on full networks. Without it, they compare with the
/// results in Tests/Fixtures/pytorch/insight.
@Suite struct InsightParityTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let casesFolder = environment["TANDEM_INSIGHT_CASES"]
  private static let resultsFolder = environment["TANDEM_INSIGHT_RESULTS"]
  /// `small` or `full`.
  private static let size = environment["TANDEM_INSIGHT_SIZE"]

  private static let small: [ParityCase] = [
    ParityCase("alexnet-torchvision", width: 0.125, input: [3, 64, 64]),
    ParityCase("vgg-d", width: 0.125, input: [3, 64, 64]),
    ParityCase("vgg-16-bn", width: 0.125, input: [3, 64, 64], seed: 3),
    ParityCase("googlenet", width: 0.125, input: [3, 80, 80], seed: 4),
    ParityCase("googlenet-torchvision", width: 0.125, input: [3, 96, 96], seed: 2),
    ParityCase("resnet-18", width: 0.125, input: [3, 64, 64]),
    ParityCase("resnet-50", width: 0.125, input: [3, 64, 64]),
    ParityCase("cifar-resnet-20", width: 0.5, input: [3, 16, 16]),
  ]

  private static let full: [ParityCase] = ["vgg-d", "resnet-50", "googlenet-torchvision"].map {
    ParityCase($0, name: "full-\($0)", input: [3, 224, 224], images: 1)
  }

  private static let cases = size == "full" ? full : small

  /// Where the results are; nil before scripts/test-parity.sh has written them.
  private static let results: String? = {
    let folder = resultsFolder ?? PyTorchFixture.path("insight")
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
  }()

  private static let label = 3
  private static let tolerance = 1e-4

  @Test("cases are written", .enabled(if: casesFolder != nil), arguments: cases)
  func writing(_ parityCase: ParityCase) throws {
    try parityCase.write(to: try #require(Self.casesFolder))
  }

  @Test(
    "inner values equal PyTorch's",
    .enabled(
      if: casesFolder == nil && results != nil,
      "needs results of PyTorch's, which scripts/test-parity.sh --fixtures writes"),
    arguments: cases)
  func equal(_ parityCase: ParityCase) throws {
    let folder = try #require(Self.results)
    let worst = try differences(parityCase, folder: folder)
    if Self.resultsFolder != nil {
      for (name, difference) in worst.sorted(by: { $0.key < $1.key }) {
        print("insight of \(parityCase.name): \(name) \(String(format: "%.1e", difference))")
      }
    }
    #expect(worst.count >= 9)
    for (name, difference) in worst { #expect(difference < Self.tolerance, "\(name)") }
  }

  /// The comparison can fail: by another class, and by weights that are a little larger.
  @Test(
    "other values are noticed",
    .enabled(if: casesFolder == nil && resultsFolder == nil && results != nil))
  func canFail() throws {
    let parityCase = try #require(Self.small.first { $0.name == "resnet-18" })
    let folder = try #require(Self.results)
    let other = try differences(parityCase, folder: folder, label: 2)
    #expect(try #require(other["output.layer4"]) < Self.tolerance)
    for name in ["gradient.layer4", "cam.layer4", "image.gradient", "image.guided"] {
      #expect(try #require(other[name]) > 100 * Self.tolerance, "\(name)")
    }
    let changed = try differences(parityCase, folder: folder, changing: "layer3.0.conv1.weight")
    #expect(try #require(changed["output.layer2.0.bn2"]) < Self.tolerance)
    for name in ["output.layer4", "gradient.layer2.0.bn2", "image.gradient"] {
      #expect(try #require(changed[name]) > Self.tolerance, "\(name)")
    }
  }

  /// The largest difference of each tensor relative to its largest element.
  private func differences(
    _ parityCase: ParityCase, folder: String, label: Int = label, changing: String? = nil
  ) throws -> [String: Double] {
    let network = try parityCase.network()
    var parameters = try parityCase.parameters(network.graph().parameterLayout)
    if let changing, let tensor = parameters[changing] {
      parameters[changing] = Tensor(
        shape: tensor.shape, elements: tensor.elements.map { $0 * 1.1 })
    }
    let expected = try SafeTensorsFile.read("\(folder)/\(parityCase.name).insight.safetensors")
      .tensors
    let layers = expected.keys.compactMap { name in
      name.hasPrefix("output.") ? String(name.dropFirst("output.".count)) : nil
    }.sorted()
    let image = Array(parityCase.pixels.prefix(parityCase.input.elementCount))
    return try withTemporaryFolder { folder in
      try SafeTensorsFile(tensors: parameters).write(to: folder + "/w.safetensors")
      let weights = try ModelFile(contentsOf: folder + "/w.safetensors")
      let inspector = try Inspector(
        network: network, weights: weights,
        Inspector.Request(layers: layers, gradientOfImage: true), workers: 2)
      var worst: [String: Double] = [:]
      let found = try inspector.map(1) { _, probe in
        var found: [String: [Float]] = ["logits": try probe.forward(image)]
        try probe.backward(ofOutput: label)
        for (place, layer) in layers.enumerated() {
          let (output, gradient) = (probe.output(place), probe.gradient(place))
          found["output.\(layer)"] = output.elements
          found["gradient.\(layer)"] = gradient.elements
          found["cam.\(layer)"] = EvidenceMap(gradCAMOf: output, gradients: gradient).values
        }
        found["image.gradient"] = probe.imageGradient().elements
        return found
      }[0]
      let guided = try Inspector(
        network: network, weights: weights,
        Inspector.Request(gradientOfImage: true, guided: true), workers: 1)
      let guidedGradient = try guided.map(1) { _, probe in
        _ = try probe.forward(image)
        try probe.backward(ofOutput: label)
        return probe.imageGradient().elements
      }[0]
      for (name, values) in found.merging(
        ["image.guided": guidedGradient], uniquingKeysWith: { $1 })
      {
        worst[name] = Self.difference(values, try #require(expected[name], "\(name)").elements)
      }
      #expect(Set(worst.keys) == Set(expected.keys))
      return worst
    }
  }

  /// Of large tensors the file has some elements only, at equal distances.
  private static func difference(_ actual: [Float], _ wanted: [Float]) -> Double {
    let compared =
      wanted.count == actual.count
      ? actual : wanted.indices.map { actual[$0 * actual.count / wanted.count] }
    var (worst, largest) = (0.0, 0.0)
    for (value, other) in zip(compared, wanted) {
      let difference = abs(Double(value) - Double(other))
      worst = difference.isNaN ? .infinity : max(worst, difference)
      largest = max(largest, abs(Double(other)))
    }
    return worst == 0 ? 0 : worst / largest
  }
}

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
///
/// Among the millions of units of full networks some are so near the corner of a ReLU, or have so
/// equal a neighbour in a pooling window, that rounding decides. PyTorch therefore gets what
/// Tandem's ReLUs and poolings read, goes back by the same paths, and tells how often and how near
/// a corner it would have decided otherwise (Tests/Fixtures/pytorch/corners.py).
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
    let folder = try #require(Self.casesFolder)
    guard Self.size == "full" else { return try parityCase.write(to: folder) }
    let inputs = try ParityInspection.of(parityCase) { try $0.decisions(label: Self.label).inputs }
    let decisions = inputs.enumerated().map { ("decision." + "\(1000 + $0)".dropFirst(), $1) }
    try parityCase.write(to: folder, adding: Dictionary(uniqueKeysWithValues: decisions))
  }

  /// What is imposed on PyTorch are the decisions of the very computation that is compared: keeping
  /// them changes no bit.
  @Test("decisions are told without a change of bits", .enabled(if: casesFolder == nil))
  func decisionsChangeNothing() throws {
    let parityCase = try #require(Self.small.first { $0.name == "googlenet-torchvision" })
    try ParityInspection.of(parityCase) { inspection in
      let (inputs, gradient) = try inspection.decisions(label: Self.label)
      let plain = try inspection.look(
        Inspector.Request(gradientOfImage: true), label: Self.label
      ) { _, probe in probe.imageGradient().elements }
      #expect(gradient == plain)
      // 57 convolutions, 4 poolings between modules and 9 in them.
      #expect(inputs.count == 57 + 4 + 9)
      #expect(inputs.first?.shape == [8, 48, 48])
    }
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
    #expect(Self.failures(worst) == [])
    if Self.size == "full" { #expect(worst["decisions.farthest"] != nil) }
  }

  /// The names of what is not within the tolerance.
  private static func failures(_ worst: [String: Double]) -> [String] {
    worst.filter { name, difference in
      // What PyTorch's own decisions lead to is told and not judged, and counts are counts.
      let isJudged =
        !name.hasPrefix("own.") && name != "decisions.units" && name != "decisions.other"
      return isJudged && !(difference < tolerance)
    }.keys.sorted()
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
    // One tensor's gradient that is a thousandth too large.
    for name in ["gradient.layer2.0.bn2", "image.gradient"] {
      let scaled = try differences(parityCase, folder: folder, scaling: name)
      #expect(Self.failures(scaled) == [name])
    }
    let changed = try differences(parityCase, folder: folder, changing: "layer3.0.conv1.weight")
    #expect(try #require(changed["output.layer2.0.bn2"]) < Self.tolerance)
    for name in ["output.layer4", "gradient.layer2.0.bn2", "image.gradient"] {
      #expect(try #require(changed[name]) > Self.tolerance, "\(name)")
    }
  }

  /// Neither are decisions excused that are not near a corner, nor what is not a number.
  @Test func decisionsFarFromCornersAreNoticed() {
    let right = [
      "logits": 1e-6, "decisions.units": 1e7, "decisions.other": 30, "decisions.farthest": 1e-6,
      "decisions.difference": 2e-6, "own.image.gradient": 0.05,
    ]
    #expect(Self.failures(right) == [])
    for name in ["logits", "decisions.farthest", "decisions.difference"] {
      for wrong in [1.1e-4, .infinity, .nan] {
        #expect(Self.failures(right.merging([name: wrong]) { $1 }) == [name])
      }
    }
  }

  /// The largest difference of each tensor relative to its largest element, and what PyTorch tells
  /// of decisions.
  private func differences(
    _ parityCase: ParityCase, folder: String, label: Int = label, changing: String? = nil,
    scaling: String? = nil
  ) throws -> [String: Double] {
    let expected = try SafeTensorsFile.read("\(folder)/\(parityCase.name).insight.safetensors")
      .tensors
    let layers = expected.keys.compactMap { name in
      name.hasPrefix("output.") ? String(name.dropFirst("output.".count)) : nil
    }.sorted()
    var found = try ParityInspection.of(parityCase, changing: changing) { inspection in
      let values = try inspection.look(
        Inspector.Request(layers: layers, gradientOfImage: true), label: label
      ) { Self.values($0, $1, layers) }
      let guided = try inspection.look(
        Inspector.Request(gradientOfImage: true, guided: true), label: label
      ) { _, probe in probe.imageGradient().elements }
      return values.merging(["image.guided": guided]) { $1 }
    }
    if let scaling { found[scaling] = found[scaling]?.map { $0 * 1.001 } }
    var worst: [String: Double] = [:]
    for (name, tensor) in expected {
      if name.hasPrefix("decisions.") {
        worst[name] = Double(tensor.elements[0])
      } else {
        let own = name.hasPrefix("own.") ? String(name.dropFirst("own.".count)) : name
        worst[name] = Self.difference(try #require(found[own], "\(name)"), tensor.elements)
      }
    }
    #expect(Set(found.keys).isSubset(of: expected.keys))
    return worst
  }

  private static func values(
    _ logits: [Float], _ probe: LayerProbe, _ layers: [String]
  ) -> [String: [Float]] {
    var found = ["logits": logits, "image.gradient": probe.imageGradient().elements]
    for (place, layer) in layers.enumerated() {
      let (output, gradient) = (probe.output(place), probe.gradient(place))
      found["output.\(layer)"] = output.elements
      found["gradient.\(layer)"] = gradient.elements
      found["cam.\(layer)"] = EvidenceMap(gradCAMOf: output, gradients: gradient).values
    }
    return found
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

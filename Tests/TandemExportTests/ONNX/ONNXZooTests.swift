import Foundation
import TandemData
import TandemExport
import TandemNetwork
import TandemReference
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Files of all networks of the zoo compute what the networks do.
///
/// `scripts/test-onnx.sh` has the files checked by ONNX' own checker and computed by ONNX Runtime;
/// here an evaluator of the tests computes them.
@Suite struct ONNXZooTests {
  private static let environment = ProcessInfo.processInfo.environment
  /// Where the script wants weights and images of the cases.
  private static let folder = environment["TANDEM_ONNX_CASES"]

  /// - Returns: the largest difference, relative to the largest output.
  private func difference(
    _ exportCase: ExportCase, changing change: (inout [String: Tensor]) -> Void = { _ in }
  ) throws -> Double {
    let network = try exportCase.network()
    let images = exportCase.images(1)
    return try withTemporaryFolder { folder in
      let weights = try ExportCase.weights(for: network, in: folder)
      try ONNXExport(network, weights, nil, ONNXOptions()).write(to: folder + "/m.onnx")
      let evaluator = try ONNXEvaluator(contentsOf: folder + "/m.onnx")
      let found = try evaluator.value(
        input: ONNXValue(images.shape.dimensions, images.elements.map(Double.init)))
      var parameters = weights.tensors
      change(&parameters)
      let expected = ReferenceNetwork(try network.withDropout(0).graph()).forward(
        images: images.elements.map(Double.init), count: 1,
        parameters: parameters.mapValues { $0.elements.map(Double.init) }, isTraining: false)
      let output = expected[expected.count - 1]
      #expect(found.shape == [1, output.count])
      let largest = output.map(abs).max() ?? 0
      #expect(largest > 0)
      return zip(found.elements, output).map { abs($0 - $1) }.reduce(0, max) / largest
    }
  }

  @Test("files compute what networks do", .enabled(if: folder == nil), arguments: ExportCase.narrow)
  func narrow(_ exportCase: ExportCase) throws {
    // The file's own numbers, as α of normalizations, are of single precision.
    #expect(try difference(exportCase) < 1e-6)
  }

  /// But for the two of 1998: what is not connected is 0 in the file.
  @Test("files are weights again", .enabled(if: folder == nil), arguments: ExportCase.narrow)
  func weightsAgain(_ exportCase: ExportCase) throws {
    let network = try exportCase.network()
    let hasOtherWeights = try network.graph().nodes.contains { $0.layer is ConnectedConv2D }
    try withTemporaryFolder { folder in
      let weights = try ExportCase.weights(for: network, in: folder)
      let usual = weights.tensors.filter { !$0.key.hasPrefix("aux") }
      for externalData in [false, true] {
        let path = folder + "/m.onnx"
        let normalization = Normalization.unitScale(channels: exportCase.input[0])
        try ONNXExport(
          network, weights, normalization, ONNXOptions(externalData: externalData)
        ).write(to: path)
        let file = try ModelFile(contentsOf: path)
        #expect(file.network == network && file.normalization == normalization)
        if hasOtherWeights {
          let error = try #require(
            message { _ = try file.parameters(of: network, network.graph()) })
          #expect(error.contains("m.onnx") && error.contains("missing"))
          continue
        }
        #expect(file.tensors == usual.filter { file.tensors[$0.key] != nil })
        let graph = try network.graph()
        let needed = graph.parameterLayout.entries.filter { !graph.nodes[$0.nodeIndex].isAuxiliary }
        #expect(Set(file.tensors.keys) == Set(needed.map(\.name)))
      }
    }
  }

  @Test("another network is noticed", .enabled(if: folder == nil)) func canFail() throws {
    let exportCase = try #require(ExportCase.narrow.first { $0.name == "lenet" })
    let difference = try difference(exportCase) { parameters in
      parameters["conv1.bias"] = parameters["conv1.bias"].map {
        Tensor(shape: $0.shape, elements: $0.elements.map { $0 + 1e-4 })
      }
    }
    #expect(difference > 1e-6)
  }

  @Test("cases are written for ONNX Runtime", .enabled(if: folder != nil)) func writing() throws {
    let folder = try #require(Self.folder)
    let cases = Self.environment["TANDEM_ONNX_FULL"] == nil ? ExportCase.narrow : ExportCase.full
    for exportCase in cases {
      let network = try exportCase.network()
      _ = try ExportCase.weights(for: network, in: folder, name: exportCase.name)
      try NumPyArray(exportCase.images(2)).write(to: "\(folder)/\(exportCase.name).npy")
      let input = exportCase.input.dimensions.map(String.init).joined(separator: "x")
      print("onnx case \(exportCase.name) \(exportCase.model) \(exportCase.width) \(input)")
    }
  }
}

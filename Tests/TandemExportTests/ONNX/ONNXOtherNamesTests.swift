import Foundation
import TandemExport
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Weights of ONNX models that call them otherwise than Tandem's networks do.
@Suite struct ONNXOtherNamesTests {
  /// What a narrow network of the zoo gets from a model whose weights have names of their own.
  /// - Returns: the parameters' elements and what is told; and what they should be.
  private func read(
    _ name: String, changing change: (inout ONNXModelProto) -> Void = { _ in }
  ) throws -> (found: [Float], notes: [String], expected: [Float]) {
    let exportCase = try #require(ExportCase.narrow.first { $0.name == name })
    let network = try exportCase.network()
    let graph = try network.graph()
    return try withTemporaryFolder { folder in
      let weights = try ExportCase.weights(for: network, in: folder)
      let path = folder + "/m.onnx"
      try ONNXExport(network, weights, nil, ONNXOptions()).write(to: path)
      var model = try ONNXModelProto(serializedBytes: RegularFile.contents(path))
      model.producerName = "another"
      var names: [String: String] = [:]
      for (index, tensor) in model.graph.initializer.enumerated() {
        names[tensor.name] = "vgg0.\(index)"
        model.graph.initializer[index].name = "vgg0.\(index)"
      }
      for index in model.graph.node.indices {
        model.graph.node[index].input = model.graph.node[index].input.map { names[$0] ?? $0 }
      }
      change(&model)
      try model.serializedData().write(to: URL(filePath: path))
      let file = try ModelFile(contentsOf: path)
      #expect(file.network == nil && file.normalization == nil)
      func elements(_ file: ModelFile) throws -> (elements: [Float], notes: [String]) {
        let (arena, notes) = try file.parameters(of: network, graph)
        let values = UnsafeBufferPointer(
          start: arena.floats(), count: graph.parameterLayout.elementCount)
        return (Array(values), notes)
      }
      let (found, notes) = try elements(file)
      return (found, notes, try elements(weights).elements)
    }
  }

  @Test(arguments: ["lenet", "vgg-d", "vgg-16-bn"])
  func chainsAreReadInTheirOrder(name: String) throws {
    let (found, notes, expected) = try read(name)
    #expect(found == expected)
    #expect(notes.count == 1 && notes[0].contains("m.onnx") && notes[0].contains("order"))
  }

  @Test(arguments: ["resnet-18", "googlenet"]) func branchesAreNot(name: String) throws {
    let error = try #require(message { _ = try read(name) })
    #expect(error.contains("missing: ") && error.contains("extra: vgg0."))
  }

  /// What puts elements in another order, and one weight more or less.
  @Test func othersAreRefused() throws {
    let changes: [(inout ONNXModelProto) -> Void] = [
      { $0.graph.node[1].opType = "Transpose" },
      { model in
        model.graph.initializer.removeLast()
        model.graph.node[model.graph.node.count - 1].input.removeLast()
      },
      { $0.graph.initializer[1].dims = [1, $0.graph.initializer[1].dims[0]] },
    ]
    for change in changes {
      let error = try #require(message { _ = try read("lenet", changing: change) })
      #expect(error.contains("missing: "), "\(error)")
    }
  }
}

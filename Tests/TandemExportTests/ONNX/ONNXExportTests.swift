import Foundation
import TandemData
import TandemExport
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// The files themselves: what is in them, where the weights are, and what is refused.
@Suite struct ONNXExportTests {
  private static let network = Network("small", input: [3, 8, 8]) {
    Conv2D(16, kernel: 3, padding: .same, bias: false)
    BatchNorm2D()
    ReLU()
    Auxiliary(weight: 0.3) {
      GlobalAveragePool2D()
      Dense(4)
    }
    Dropout(0.5)
    MaxPool2D(2)
    Dense(4)
  }

  private func export(
    _ network: Network = network, _ options: ONNXOptions = ONNXOptions(),
    normalization: Normalization? = nil,
    _ body: (_ path: String, _ weights: ModelFile) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let weights = try ExportCase.weights(for: network, in: folder)
      let path = folder + "/model.onnx"
      try ONNXExport(network, weights, normalization, options).write(to: path)
      try body(path, weights)
    }
  }

  private func model(_ path: String) throws -> ONNXModelProto {
    try ONNXModelProto(serializedBytes: RegularFile.contents(path))
  }

  @Test func namesAreTheNetworks() throws {
    try export { path, weights in
      let model = try model(path)
      #expect(model.irVersion == 8 && model.opsetImport.map(\.version) == [17])
      #expect(model.opsetImport.map(\.domain) == [""])
      #expect(model.producerName == "tandem" && model.graph.name == "small")
      #expect(model.graph.input.map(\.name) == ["input"])
      #expect(model.graph.output.map(\.name) == ["logits"])
      #expect(
        model.graph.node.map(\.name) == [
          "conv1", "bn1", "relu1", "pool1", "dense1/features", "dense1",
        ])
      #expect(
        model.graph.initializer.map(\.name) == [
          "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
          "dense1.weight", "dense1.bias",
        ])
      #expect(model.graph.initializer[0].dims == [16, 3, 3, 3])
      let expected = try #require(weights.tensors["conv1.weight"]).elements
      #expect(model.graph.initializer[0].rawData == expected.withUnsafeBytes { Data($0) })
    }
  }

  /// Each value is made once, before it is read.
  @Test(arguments: ["googlenet", "lenet-5", "cifar-resnet-20"])
  func graphsAreInOrder(name: String) throws {
    let found = try #require(ExportCase.narrow.first { $0.name == name })
    try export(found.network()) { path, _ in
      let graph = try model(path).graph
      var known = Set(graph.initializer.map(\.name) + ["input"])
      #expect(known.count == graph.initializer.count + 1)
      for node in graph.node {
        #expect(node.input.allSatisfy(known.contains), "\(node.name)")
        #expect(node.output.count == 1 && known.insert(node.output[0]).inserted)
      }
      #expect(known.contains("logits"))
      #expect(Set(graph.node.map(\.name)).count == graph.node.count)
    }
  }

  @Test func axes() throws {
    for (dynamic, preprocessing) in [(false, false), (true, true)] {
      let options = ONNXOptions(dynamicBatch: dynamic, withPreprocessing: preprocessing)
      try export(Self.network, options) { path, _ in
        let graph = try model(path).graph
        let type = graph.input[0].type.tensorType
        #expect(type.elemType == (preprocessing ? 2 : 1))
        #expect(type.shape.dim[0].dimParam == (dynamic ? "N" : ""))
        #expect(type.shape.dim.map(\.dimValue) == [dynamic ? 0 : 1, 3, 8, 8])
        let output = graph.output[0].type.tensorType
        #expect(output.elemType == 1 && output.shape.dim[0].dimParam == (dynamic ? "N" : ""))
        #expect(output.shape.dim.map(\.dimValue) == [dynamic ? 0 : 1, 4])
        #expect(graph.input[0].docString.contains(preprocessing ? "bytes" : "sees"))
      }
    }
  }

  @Test func largeWeightsAreBeside() throws {
    let images = ONNXValue([1, 3, 8, 8], (0..<192).map { Double($0 % 7) - 3 })
    var inside: ONNXValue?
    try export { path, _ in inside = try ONNXEvaluator(contentsOf: path).value(input: images) }
    try export(Self.network, ONNXOptions(externalData: true)) { path, weights in
      let tensors = try model(path).graph.initializer
      let external = tensors.filter { $0.dataLocation == .external }
      #expect(external.map(\.name) == ["conv1.weight", "dense1.weight"])
      let facts = external.map { tensor in
        Dictionary(uniqueKeysWithValues: tensor.externalData.map { ($0.key, $0.value) })
      }
      #expect(facts[0] == ["location": "model.onnx.data", "offset": "0", "length": "1728"])
      #expect(facts[1] == ["location": "model.onnx.data", "offset": "4096", "length": "4096"])
      #expect(external.allSatisfy { $0.rawData.isEmpty })
      let data = try RegularFile.contents(path + ".data")
      #expect(data.count == 8192)
      let expected = try #require(weights.tensors["conv1.weight"]).elements
      #expect(Array(data[..<1728]) == expected.withUnsafeBytes { Array($0) })
      #expect(try RegularFile.contents(path).count < 2048)
      #expect(try ONNXEvaluator(contentsOf: path).value(input: images) == inside)
    }
  }

  @Test func whatIsKnownIsTold() throws {
    let normalization = Normalization(
      mean: [0.5, 0.25, 0.125], standardDeviation: [1, 1, 0.5])
    try export(normalization: normalization) { path, _ in
      let model = try model(path)
      #expect(model.metadataProps.map(\.key) == ["network", "normalization"])
      #expect(
        model.metadataProps[1].value
          == #"{"mean":[0.5,0.25,0.125],"standardDeviation":[1,1,0.5]}"#)
      #expect(model.graph.input[0].docString.contains("means [0.5, 0.25, 0.125]"))
    }
  }

  /// `ReLU` on one number, byte by byte.
  @Test func smallestFile() throws {
    try export(Network("r", input: [1]) { ReLU() }) { path, _ in
      let found = try RegularFile.contents(path).map { String(format: "%02x", $0) }.joined()
      #expect(found == Self.smallestFile)
    }
  }

  /// Made by ONNX' own library for Python, whose checker accepts it.
  private static let smallestFile = """
    0808120674616e64656d1a05302e312e303a7d0a1c0a05696e70757412066c6f676974731a057265\
    6c7531220452656c751201725a400a05696e707574120e0a0c080112080a0208010a0208011a276e\
    756d62657273205b4e2c20315d20617320746865206e6574776f726b2073656573207468656d6218\
    0a066c6f67697473120e0a0c080112080a0208010a02080142021011723e0a076e6574776f726b12\
    337b22696e707574223a5b315d2c226c6179657273223a5b7b226b696e64223a2272656c75227d5d\
    2c226e616d65223a2272227d
    """

  // MARK: Refusals

  private struct Twice: OwnLayer {
    static let kind = "twice"
    func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { try onlyInput(inputs) }
    func forward(_ call: ForwardCall) {}
    func backward(_ call: BackwardCall) {}
  }

  private func refusal(
    _ network: Network, _ normalization: Normalization? = nil
  ) throws -> String? {
    try withTemporaryFolder { folder in
      let weights = try ExportCase.weights(for: network, in: folder)
      return message {
        _ = try ONNXExport(
          network, weights, normalization, ONNXOptions(withPreprocessing: normalization != nil))
      }
    }
  }

  @Test func layersOfTheProgramAreRefused() throws {
    let network = Network("own", input: [1, 4, 4]) {
      ReLU()
      Twice()
      Dense(2)
    }
    let error = try #require(try refusal(network))
    #expect(error.contains("own") && error.contains("twice1") && error.contains("\"twice\""))
  }

  @Test func scalingOfOtherImagesIsRefused() throws {
    let error = try #require(try refusal(Self.network, .unitScale(channels: 1)))
    #expect(error.contains("1 means") && error.contains("[N, 3, 8, 8]"))
    #expect(error.contains("`withPreprocessing`"))
    #expect(try refusal(Self.network, .unitScale(channels: 3)) == nil)
  }

  @Test func weightsOfAnotherNetworkAreRefused() throws {
    try withTemporaryFolder { folder in
      let other = Network("other", input: [3, 8, 8]) { Dense(4) }
      let weights = try ExportCase.weights(for: other, in: folder)
      #expect(throws: TrainingError.self) {
        try ONNXExport(Self.network, weights, nil, ONNXOptions())
      }
      // Nor is a network guessed.
      #expect(throws: TrainingError.noDescription(path: folder + "/weights.safetensors")) {
        try ONNXExport(folder + "/weights.safetensors")
      }
    }
  }

  @Test func nothingIsLeftWhereNothingCanBeWritten() throws {
    try withTemporaryFolder { folder in
      let weights = try ExportCase.weights(for: Self.network, in: folder)
      for externalData in [false, true] {
        let export = try ONNXExport(
          Self.network, weights, nil, ONNXOptions(externalData: externalData))
        #expect(throws: FileError.self) { try export.write(to: folder + "/missing/m.onnx") }
        #expect(throws: FileError.self) { try export.write(to: folder) }
      }
      #expect(try FileSystem.names(inFolder: folder) == ["weights.safetensors"])
    }
  }
}

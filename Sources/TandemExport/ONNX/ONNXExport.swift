import Foundation
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining

/// A trained network as a graph of ONNX operators (opset 17), for ONNX Runtime and other programs:
/// what it computes at inference, without dropout and auxiliary heads.
///
/// ```swift
/// let export = try ONNXExport("run1", options: ONNXOptions(dynamicBatch: true))
/// try export.write(to: "model.onnx")
/// ```
///
/// The graph's input is `input`, `[N, C, H, W]`, and its output `logits`, `[N, classes]`; weights
/// have the names of the network's parameters, `conv1.weight`. The metadata say what the classes
/// are called and how pixels are scaled.
public struct ONNXExport {
  public let network: Network
  public let options: ONNXOptions
  /// What the user should know of the weights, each in one line.
  public let warnings: [String]
  /// What the graph takes, in one line.
  public let inputDescription: String

  private let builder: ONNXGraphBuilder
  private let preprocessing: ONNXPreprocessing?
  private let metadata: [(String, String)]
  /// The outputs of one image.
  private let outputShape: Shape
  /// Of the parameters, which the graph's weights are parts of.
  private let parameters: MemoryArena

  static let input = "input"
  static let output = "logits"

  /// - Parameter path: a weight file that describes its network, a checkpoint's folder, or the
  ///   output folder of a run.
  /// - Throws: `TrainingError.noDescription` for a file of another program; `ExportError.ownLayer`;
  ///   what reading the file throws.
  public init(_ path: String, options: ONNXOptions = ONNXOptions()) throws {
    let file = try ModelFile(contentsOf: path)
    guard let network = file.network, let normalization = file.normalization else {
      throw TrainingError.noDescription(path: file.path)
    }
    try self.init(network, file, normalization, options)
  }

  /// - Parameters:
  ///   - file: must have a tensor for each parameter of the network but for its auxiliary heads.
  ///   - normalization: how pixels are scaled before the network sees them; nil if nobody knows,
  ///     which preprocessing takes for a scaling to 0…1.
  /// - Throws: `ExportError`, `NetworkError`, `TrainingError.weightsDoNotFit`, `MemoryError`.
  package init(
    _ network: Network, _ file: ModelFile, _ normalization: Normalization?, _ options: ONNXOptions
  ) throws {
    self.network = network
    self.options = options
    let graph = try network.graph()
    for node in graph.nodes where !node.isAuxiliary && !(node.layer is any ONNXLayer) {
      throw ExportError.ownLayer(
        path: node.name, kind: type(of: node.layer).kind, network: network.name)
    }
    outputShape = graph.outputShape
    let channels = network.inputShape.rank == 3 ? network.inputShape[0] : 1
    preprocessing =
      options.withPreprocessing
      ? try ONNXPreprocessing(normalization ?? .unitScale(channels: channels), for: network) : nil
    (parameters, warnings) = try file.parameters(of: network, graph)
    builder = ONNXGraphBuilder(graph.parameterLayout, parameters)
    Self.addOperators(of: graph, preprocessing, to: builder)
    inputDescription = Self.text(network, normalization, preprocessing)
    metadata = try Self.metadata(network, file, normalization)
  }

  private static func addOperators(
    of graph: NetworkGraph, _ preprocessing: ONNXPreprocessing?, to builder: ONNXGraphBuilder
  ) {
    let input = preprocessing?.addOperators(to: builder, input: Self.input) ?? Self.input
    var values: [Int: String] = [:]
    for node in graph.nodes where !node.isAuxiliary {
      guard let layer = node.layer as? any ONNXLayer else { preconditionFailure(node.name) }
      let inputs = node.inputs.map { source in
        if case .node(let index) = source { values[index] ?? "" } else { input }
      }
      let isLast = node.index == graph.nodes.count - 1
      let call = ONNXCall(
        graph: builder, node: node, inputs: inputs,
        output: isLast ? Self.output : "\(node.name)/output")
      let output = layer.addOperators(call)
      values[node.index] = output
      if isLast, output != Self.output {
        builder.add("Identity", [output], output: Self.output, name: node.name)
      }
    }
  }

  private static func text(
    _ network: Network, _ normalization: Normalization?, _ preprocessing: ONNXPreprocessing?
  ) -> String {
    let shape = network.inputShape.batchedDescription
    guard let preprocessing else {
      return "numbers \(shape) as the network sees them"
        + (normalization.map { ": pixels of 0…1, normalised by \($0.text)" } ?? "")
    }
    return preprocessing.takesBytes
      ? "pixels \(shape) of 0…255 as bytes" : "numbers \(shape) before they are normalised"
  }

  private static func metadata(
    _ network: Network, _ file: ModelFile, _ normalization: Normalization?
  ) throws -> [(String, String)] {
    // With this the file can be read as weights again.
    var metadata = [("network", try json(network))]
    if let loss = file.loss { metadata.append(("loss", try json(loss))) }
    if let normalization { metadata.append(("normalization", try json(normalization))) }
    if let names = file.classNames { metadata.append(("classes", try json(names))) }
    if let recipe = file.pictureRecipe { metadata.append(("pictures", try json(recipe))) }
    return metadata
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Writes the file, and with external data the one beside it. Either is complete or not there at
  /// all.
  /// - Returns: the path of the file of the weights; nil where they are in the graph's.
  /// - Throws: `FileError`, `MemoryError`.
  @discardableResult
  public func write(to path: String) throws -> String? {
    try withExtendedLifetime(parameters) {
      try ONNXFile(model: model, initializers: builder.initializers).write(
        to: path, externalData: options.externalData)
    }
  }

  /// All but the weights.
  private var model: ONNXModelProto {
    var model = ONNXModelProto()
    model.irVersion = 8
    model.producerName = ModelFile.exporter
    model.producerVersion = tandemVersion
    var operators = ONNXOperatorSetIdProto()
    operators.version = 17
    model.opsetImport = [operators]
    model.metadataProps = metadata.map { key, value in
      var entry = ONNXStringStringEntryProto()
      entry.key = key
      entry.value = value
      return entry
    }
    model.graph.name = network.name
    model.graph.node = builder.nodes
    var input = value(Self.input, preprocessing?.inputType ?? .float, network.inputShape)
    input.docString = inputDescription
    model.graph.input = [input]
    model.graph.output = [value(Self.output, .float, outputShape)]
    return model
  }

  /// - Parameter shape: of one image.
  private func value(
    _ name: String, _ type: ONNXTensorProto.DataType, _ shape: Shape
  ) -> ONNXValueInfoProto {
    var images = ONNXTensorShapeProto.Dimension()
    if options.dynamicBatch { images.dimParam = "N" } else { images.dimValue = 1 }
    var value = ONNXValueInfoProto()
    value.name = name
    value.type.tensorType.elemType = Int32(type.rawValue)
    value.type.tensorType.shape.dim =
      [images]
      + shape.dimensions.map { length in
        var dimension = ONNXTensorShapeProto.Dimension()
        dimension.dimValue = Int64(length)
        return dimension
      }
    return value
  }
}

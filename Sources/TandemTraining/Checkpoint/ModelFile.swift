import Foundation
import TandemData
import TandemNetwork
import TandemTensor

/// The weights of a network in a safetensors file, with what is needed to use them, in a file of
/// PyTorch's `torch.save`, or in an ONNX model.
///
/// Files that Tandem writes describe their network; in files from elsewhere only the tensors' names
/// and shapes have to fit.
package struct ModelFile: Sendable {
  package let path: String
  /// The tensors by dotted parameter name, `conv1.weight`.
  package let tensors: [String: Tensor]
  package let network: Network?
  /// What the training images were normalised with.
  package let normalization: Normalization?
  package let classNames: [String]?
  /// How pictures became the images that the network was trained with; nil where there were none.
  package let pictureRecipe: PictureRecipe?
  /// What the network was trained with.
  package let loss: Loss.Kind?

  /// The name of the network that the weights were made with.
  package let modelName: String?
  /// The types of the tensors that are no weights, by name; see `SafeTensorsFile.skippedTypes`.
  let skippedTypes: [String: String]
  /// Of an ONNX model, the names of the tensors in the order in which a chain of operators uses
  /// them.
  let order: [String]?
  /// The digest of the file's contents; nil for a file of another program or an earlier version.
  let digest: String?
  /// The steps after which a run wrote the weights, if one did.
  let step: Int?

  /// The format of files that carry a digest, and of those before.
  private static let format = "model-2"
  private static let formerFormat = "model-1"

  /// - Parameter path: a safetensors file, one of PyTorch or an ONNX model, told apart by what is
  ///   in it; a checkpoint's folder, or the output folder of a run.
  /// - Throws: `FileError`, `SafeTensorsError`, `PyTorchError`, `ONNXError`,
  ///   `TrainingError.noWeights` for a folder without weights, or `TrainingError.damagedWeights` if
  ///   the file says that it describes its network but the description cannot be read.
  package init(contentsOf path: String) throws {
    let path = try Self.file(in: path)
    let prefix = try RegularFile(path: path)
      .prefix(max(PyTorchFile.prefixByteCount, ONNXWeights.prefixByteCount))
    if ONNXWeights.isLikely(prefix: prefix) || path.lowercased().hasSuffix(".onnx") {
      try self.init(try ONNXWeights.read(path), path: path)
    } else if PyTorchFile.isLikely(prefix: prefix) {
      self.init(try PyTorchFile.read(path), path: path)
    } else {
      try self.init(try SafeTensorsFile.read(path), path: path)
    }
  }

  private init(_ file: SafeTensorsFile, path: String) throws {
    self.path = path
    var tensors = file.tensors
    let whitening = tensors.removeValue(forKey: Self.whiteningName)
    self.tensors = tensors
    skippedTypes = file.skippedTypes
    order = nil
    let metadata = Metadata(
      path: self.path, values: file.metadata, damage: TrainingError.damagedWeights)
    network = try metadata.decode(Network.self, "network")
    normalization = try metadata.decode(Normalization.self, "normalization").map {
      try Self.completed($0, whitening, path: path)
    }
    classNames = try metadata.decode([String].self, "classNames")
    loss = try metadata.decode(Loss.Kind.self, "loss")
    pictureRecipe = try metadata.decode(PictureRecipe.self, "pictures")
    modelName = file.metadata["modelName"] ?? network?.name
    digest = file.digest
    step = file.metadata["step"].flatMap { Int($0) }
    try checkFormat(file.metadata["tandemFormat"])
    try checkDescription()
  }

  /// Tensors and nothing else.
  private init(_ file: PyTorchFile, path: String) {
    self.path = path
    tensors = file.tensors
    skippedTypes = file.skippedTypes
    (network, normalization, classNames, pictureRecipe, loss) = (nil, nil, nil, nil, nil)
    (modelName, order, digest, step) = (nil, nil, nil, nil)
  }

  /// Files of Tandem's own say what their network was; whatever others say may mean something else.
  private init(_ file: ONNXWeights, path: String) throws {
    let metadata = Metadata(
      path: path, values: file.producer == Self.exporter ? file.metadata : [:],
      damage: TrainingError.damagedWeights)
    self.path = path
    tensors = file.tensors
    skippedTypes = [:]
    order = file.order
    network = try metadata.decode(Network.self, "network")
    normalization = try metadata.decode(Normalization.self, "normalization").map {
      try Self.completed($0, nil, path: path)
    }
    classNames = try metadata.decode([String].self, "classes")
    pictureRecipe = try metadata.decode(PictureRecipe.self, "pictures")
    loss = try metadata.decode(Loss.Kind.self, "loss")
    modelName = network?.name
    (digest, step) = (nil, nil)
    try checkDescription()
  }

  /// The name of the program in ONNX models that it has written.
  package static let exporter = "tandem"

  /// The tensor of a matrix that images are multiplied with before the network sees them.
  private static let whiteningName = "tandem.whitening"

  /// A normalization with the matrix of its whitening, if it has one.
  private static func completed(
    _ normalization: Normalization, _ tensor: Tensor?, path: String
  ) throws -> Normalization {
    guard let described = normalization.whitening else { return normalization }
    guard let tensor, tensor.shape == [described.count, described.count] else {
      throw TrainingError.damagedWeights(
        path: path, problem: "the matrix of its images' whitening is missing")
    }
    let matrix = try WhiteningMatrix(count: described.count)
    _ = matrix.elements.update(fromContentsOf: tensor.elements)
    guard let whitening = described.with(matrix) else {
      throw TrainingError.damagedWeights(
        path: path, problem: "the matrix of its images' whitening is another one")
    }
    return normalization.with(whitening)
  }

  /// A file of this version without its digest has lost it to damage, or to a program that has
  /// changed the file and not said so.
  private func checkFormat(_ format: String?) throws {
    switch format {
    case nil, Self.formerFormat: return
    case Self.format where digest != nil: return
    case Self.format:
      throw TrainingError.damagedWeights(path: path, problem: "its digest is missing")
    case .some(let format):
      throw TrainingError.damagedWeights(
        path: path, problem: "its format is \(format.tensorName), not \(Self.format)")
    }
  }

  /// What the file says must make sense, or a layer or a loop would stumble over it much later.
  private func checkDescription() throws {
    if let normalization {
      let (means, deviations) = (normalization.mean, normalization.standardDeviation)
      guard !means.isEmpty, means.count == deviations.count, means.allSatisfy(\.isFinite),
        deviations.allSatisfy({ $0.isFinite && $0 > 0 })
      else {
        throw TrainingError.damagedWeights(
          path: path,
          problem: "it was made with means \(means) and standard deviations \(deviations)")
      }
      if let input = network?.inputShape, input.rank == 3, input[0] != means.count {
        throw TrainingError.damagedWeights(
          path: path,
          problem: "it has \(means.count) means for images of \(input[0]) channels")
      }
      if let values = normalization.whitening?.count, let input = network?.inputShape,
        input.elementCount != values
      {
        throw TrainingError.damagedWeights(
          path: path,
          problem: "it whitens images of \(values) values, and its network takes \(input)")
      }
    }
    guard let network else { return }
    let outputs: Shape
    do {
      outputs = try network.graph().outputShape
    } catch {
      throw TrainingError.damagedWeights(
        path: path, problem: "its network cannot be made: \(error)")
    }
    // One output tells two classes apart.
    if let classNames, outputs.rank == 1, !(1...max(2, outputs[0])).contains(classNames.count) {
      throw TrainingError.damagedWeights(
        path: path, problem: "it has \(classNames.count) classes for \(outputs[0]) outputs")
    }
  }

  private static func file(in path: String) throws(TrainingError) -> String {
    guard FileSystem.isFolder(path) else { return path }
    let candidates = ["", "/" + CheckpointFolder.lastName].map {
      path + $0 + "/" + CheckpointFolder.modelName
    }
    guard let file = candidates.first(where: FileSystem.exists) else {
      throw TrainingError.noWeights(folder: path)
    }
    return file
  }

  /// Writes parameters from an arena; see `SafeTensorsFile.write`.
  /// - Returns: the digest.
  static func write(
    layout: ParameterLayout, parameters: MemoryArena, network: Network,
    normalization: Normalization, classNames: [String], pictures: PictureRecipe?, loss: Loss.Kind,
    step: Int, to path: String
  ) throws -> String {
    var metadata = [
      "tandemFormat": format,
      "modelName": network.name,
      "network": try Metadata.encode(network),
      "normalization": try Metadata.encode(normalization),
      "classNames": try Metadata.encode(classNames),
      "loss": try Metadata.encode(loss),
      "step": "\(step)",
    ]
    metadata["pictures"] = try pictures.map(Metadata.encode)
    var tensors = layout.entries.map { entry in
      (
        name: entry.name, shape: entry.parameter.shape,
        elements: UnsafeBufferPointer(
          start: UnsafePointer(parameters.floats(at: entry.offset)), count: entry.elementCount)
      )
    }
    let matrix = normalization.whitening?.matrix
    if let matrix {
      tensors.append(
        (whiteningName, [matrix.count, matrix.count], UnsafeBufferPointer(matrix.elements)))
    }
    return try withExtendedLifetime(matrix) {
      try SafeTensorsFile.write(tensors: tensors, metadata: metadata, to: path)
    }
  }

  /// Copies the weights into an arena of parameters.
  ///
  /// - Parameter leniency: of the network's auxiliary heads, if these need not be there.
  /// - Returns: what the user should know, each in one line.
  /// - Throws: `TrainingError.weightsDoNotFit`, `TrainingError.nonFiniteWeights`; nothing is copied
  ///   then.
  @discardableResult
  func load(
    into parameters: MemoryArena, graph: NetworkGraph, network: Network,
    _ leniency: TensorLoading.Leniency = .init()
  ) throws -> [String] {
    try loading(for: network, graph).load(
      into: parameters, entries: graph.parameterLayout.entries, leniency)
  }

  /// How the weights get into an arena of the network's parameters.
  func loading(for network: Network, _ graph: NetworkGraph) -> TensorLoading {
    let expected = Set(graph.parameterLayout.entries.map(\.name))
    let inOrder = tensorsInOrder(for: graph)
    return TensorLoading(
      path: path, tensors: inOrder ?? tensors, skippedTypes: skippedTypes,
      networkName: network.name, otherModelName: isOf(network) ? nil : modelName,
      prefix: TensorNamePrefix.common(in: (inOrder ?? tensors).keys, expected: expected) ?? "",
      areInOrder: inOrder != nil)
  }

  /// Whether the file says nothing of its network, or was made with this one: networks can have
  /// parameters of the same names and shapes and differ in what they do with them.
  private func isOf(_ network: Network) -> Bool {
    guard let modelName, modelName != network.name else { return true }
    guard let own = self.network else { return false }
    func essence(_ network: Network) -> [NetworkElement] {
      network.withDropout(0).withBatchNormAcrossShards(false).elements
    }
    return essence(own) == essence(network)
  }
}

extension TensorLoading.Leniency {
  /// Files need not have an auxiliary head's parameters: torchvision publishes weights without
  /// them, or with heads for other classes than the network's.
  /// - Parameter fate: what becomes of those that are not there.
  static func auxiliaryHeads(of graph: NetworkGraph, fate: String) -> Self {
    let names = graph.parameterLayout.entries
      .filter { graph.nodes[$0.nodeIndex].isAuxiliary }.map(\.name)
    return Self(optional: Set(names), fate: fate)
  }

  /// The same, and the last layers before the outputs may be for another number of classes.
  static func newHeads(of graph: NetworkGraph, fate: String) -> Self {
    var leniency = auxiliaryHeads(of: graph, fate: fate)
    for node in graph.headNodes where !node.isAuxiliary {
      leniency.heads[node.name] = Set(node.parameters.map { "\(node.name).\($0.name)" })
    }
    return leniency
  }
}

import Foundation
import TandemData
import TandemNetwork
import TandemTensor

/// The weights of a network in a safetensors file, with what is needed to use them.
///
/// Files that Tandem writes describe their network; in files from elsewhere only the tensors' names
/// and shapes have to fit.
public struct ModelFile: Sendable {
  public let path: String
  /// By dotted parameter name, `conv1.weight`.
  public let tensors: [String: Tensor]
  public let network: Network?
  /// What the training images were normalised with.
  public let normalization: Normalization?
  public let classNames: [String]?
  /// What the network was trained with.
  public let loss: Loss.Kind?

  /// The name of the network that the weights were made with.
  public let modelName: String?
  /// The types of the tensors that are no weights, by name; see `SafeTensorsFile.skippedTypes`.
  let skippedTypes: [String: String]

  /// - Parameter path: a safetensors file, a checkpoint's folder, or the output folder of a run.
  /// - Throws: `FileError`, `SafeTensorsError`, or `TrainingError.damagedCheckpoint` if the file says
  ///   that it describes its network but the description cannot be read.
  public init(contentsOf path: String) throws {
    self.path = Self.file(in: path)
    let file = try SafeTensorsFile.read(self.path)
    tensors = file.tensors
    skippedTypes = file.skippedTypes
    let metadata = Metadata(path: self.path, values: file.metadata)
    network = try metadata.decode(Network.self, "network")
    normalization = try metadata.decode(Normalization.self, "normalization")
    classNames = try metadata.decode([String].self, "classNames")
    loss = try metadata.decode(Loss.Kind.self, "loss")
    modelName = file.metadata["modelName"] ?? network?.name
  }

  private static func file(in path: String) -> String {
    let candidates = ["", "/" + CheckpointFolder.lastName].map {
      path + $0 + "/" + CheckpointFolder.modelName
    }
    return candidates.first { FileManager.default.fileExists(atPath: $0) } ?? path
  }

  /// Writes parameters from an arena; see `SafeTensorsFile.write`.
  static func write(
    layout: ParameterLayout, parameters: MemoryArena, network: Network,
    normalization: Normalization, classNames: [String], loss: Loss.Kind, step: Int,
    to path: String
  ) throws {
    try SafeTensorsFile.write(
      tensors: layout.entries.map { entry in
        (
          name: entry.name, shape: entry.parameter.shape,
          elements: UnsafeBufferPointer(
            start: parameters.floats(at: entry.offset), count: entry.elementCount)
        )
      },
      metadata: [
        "tandemFormat": "model-1",
        "modelName": network.name,
        "network": try Metadata.encode(network),
        "normalization": try Metadata.encode(normalization),
        "classNames": try Metadata.encode(classNames),
        "loss": try Metadata.encode(loss),
        "step": "\(step)",
      ],
      to: path)
  }

  /// Copies the weights into an arena of parameters.
  /// - Throws: `TrainingError.weightsDoNotFit`; nothing is copied then.
  func load(into parameters: MemoryArena, layout: ParameterLayout, network: Network) throws {
    try loading(for: network).load(into: parameters, entries: layout.entries)
  }

  /// How the weights get into an arena of the network's parameters.
  func loading(for network: Network) -> TensorLoading {
    TensorLoading(
      path: path, tensors: tensors, skippedTypes: skippedTypes, networkName: network.name,
      otherModelName: isOf(network) ? nil : modelName)
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

/// Values kept as JSON in a safetensors file's metadata.
struct Metadata {
  let path: String
  let values: [String: String]

  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// nil if the key is missing.
  func decode<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value? {
    guard let text = values[key] else { return nil }
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw TrainingError.damagedCheckpoint(
        path: path, problem: "its metadata \"\(key)\" cannot be read")
    }
  }

  func require<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value {
    guard let value = try decode(type, key) else {
      throw TrainingError.damagedCheckpoint(path: path, problem: "its metadata lacks \"\(key)\"")
    }
    return value
  }
}

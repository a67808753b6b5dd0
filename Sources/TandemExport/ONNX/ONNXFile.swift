import Foundation
import SwiftProtobuf
import TandemTensor

/// A graph and its weights, to be written as one file or, with external data, as two.
struct ONNXFile {
  let model: ONNXModelProto
  let initializers: [ONNXInitializer]

  /// A serialised message may have 2 GiB less one byte; the operators are far less than the rest.
  private static let mostBytesInside = Int(Int32.max) - (16 << 20)
  /// Smaller tensors stay in the graph, whose shapes some of them are.
  private static let leastExternalBytes = 1024
  /// Where tensors begin in a file of their own, so that runtimes can map it.
  private static let alignment = 4096

  /// - Parameter externalData: whether weights go to a file of their own, whatever their size.
  /// - Returns: the path of the file of the weights, if there is one.
  /// - Throws: `FileError`, `MemoryError`.
  func write(to path: String, externalData: Bool) throws -> String? {
    let bytes = initializers.reduce(0) { $0 + $1.byteCount }
    if externalData || bytes > Self.mostBytesInside {
      let beside = path + ".data"
      let isNew = !FileSystem.exists(beside)
      do {
        try write(writeExternal(to: beside), to: path)
      } catch {
        // Weights that no graph names.
        if isNew { _ = FileSystem.unlink(beside) }
        throw error
      }
      return beside
    }
    // The file's contents as a whole, beside the weights.
    try MemoryLimits.require(bytes: bytes, purpose: "contents of \(path)")
    try write(initializers.map(Self.inside), to: path)
    return nil
  }

  private func write(_ tensors: [ONNXTensorProto], to path: String) throws {
    var model = model
    model.graph.initializer = tensors
    try AtomicFile.write(try model.serializedData(), to: path)
  }

  private static func inside(_ initializer: ONNXInitializer) -> ONNXTensorProto {
    var tensor = initializer.header
    tensor.rawData = initializer.data
    return tensor
  }

  private func writeExternal(to path: String) throws -> [ONNXTensorProto] {
    var tensors: [ONNXTensorProto] = []
    try AtomicFile.write(to: path) { writer in
      var offset = 0
      for initializer in initializers {
        let count = initializer.byteCount
        guard count >= Self.leastExternalBytes else {
          tensors.append(Self.inside(initializer))
          continue
        }
        let gap = (Self.alignment - offset % Self.alignment) % Self.alignment
        try writer.write(Data(count: gap))
        offset += gap
        try writer.write(initializer.data)
        var tensor = initializer.header
        tensor.dataLocation = .external
        tensor.externalData = Self.entries([
          ("location", FileSystem.name(of: path)), ("offset", "\(offset)"), ("length", "\(count)"),
        ])
        tensors.append(tensor)
        offset += count
      }
    }
    return tensors
  }

  private static func entries(_ pairs: [(String, String)]) -> [ONNXStringStringEntryProto] {
    pairs.map { key, value in
      var entry = ONNXStringStringEntryProto()
      entry.key = key
      entry.value = value
      return entry
    }
  }
}

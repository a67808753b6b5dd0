import Foundation

/// Numbers that are part of a graph, by their name.
struct ONNXInitializer {
  let name: String
  let shape: [Int]
  let type: ONNXTensorProto.DataType
  /// Of each number the lowest byte first.
  let bytes: Bytes

  enum Bytes {
    case own(Data)
    /// Of an arena, which whoever writes the graph keeps.
    case lent(UnsafeRawBufferPointer)
  }

  var byteCount: Int {
    switch bytes {
    case .own(let data): data.count
    case .lent(let bytes): bytes.count
    }
  }

  /// The same bytes, not copied where they are lent.
  var data: Data {
    switch bytes {
    case .own(let data): return data
    case .lent(let bytes):
      guard let base = bytes.baseAddress else { return Data() }
      return Data(
        bytesNoCopy: UnsafeMutableRawPointer(mutating: base), count: bytes.count,
        deallocator: .none)
    }
  }

  /// Everything but where the numbers are.
  var header: ONNXTensorProto {
    var tensor = ONNXTensorProto()
    tensor.name = name
    tensor.dims = shape.map(Int64.init)
    tensor.dataType = Int32(type.rawValue)
    return tensor
  }
}

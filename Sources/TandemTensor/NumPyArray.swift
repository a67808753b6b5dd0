import Foundation

/// An array as NumPy's `.npy` files hold it: a shape and row-major elements of one type.
///
/// Reads format versions 1 to 3, little endian, C order. Integer types without a storage of their
/// own are widened: int8, int16 and uint16 become int32, uint32 and uint64 become int64.
public struct NumPyArray: Hashable, Sendable {
  /// Elements, row by row.
  public enum Storage: Hashable, Sendable {
    case uint8([UInt8])
    case int32([Int32])
    case int64([Int64])
    case float32([Float])
    case float64([Double])

    public var count: Int {
      switch self {
      case .uint8(let elements): elements.count
      case .int32(let elements): elements.count
      case .int64(let elements): elements.count
      case .float32(let elements): elements.count
      case .float64(let elements): elements.count
      }
    }
  }

  public let shape: Shape
  public let storage: Storage

  public init(shape: Shape, storage: Storage) {
    precondition(storage.count == shape.elementCount, "\(storage.count) elements for \(shape)")
    self.shape = shape
    self.storage = storage
  }

  /// A float32 array with the tensor's shape and elements.
  public init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, storage: .float32(tensor.elements))
  }

  /// Reads a `.npy` file.
  /// - Throws: `FileError` if it cannot be read, `NumPyError` if it is not what it should be.
  public init(contentsOf path: String) throws {
    let file = try MappedFile(path: path)
    do {
      self = try file.withBytes { bytes in
        let prefix = UnsafeRawBufferPointer(rebasing: bytes.prefix(NumPyHeader.prefixByteCount))
        let headerBytes = try NumPyHeader.byteCount(prefix: prefix)
        guard headerBytes <= bytes.count else {
          throw NumPyError.Fact.truncatedHeader(neededBytes: headerBytes, foundBytes: bytes.count)
        }
        let header = try NumPyHeader(UnsafeRawBufferPointer(rebasing: bytes[..<headerBytes]))
        let data = UnsafeRawBufferPointer(rebasing: bytes[headerBytes...])
        // Checked before memory is asked for: a header may claim anything.
        let claimed = header.shape.elementCount * header.elementType.byteCount
        guard claimed == data.count else {
          throw NumPyError.Fact.wrongDataSize(claimedBytes: claimed, foundBytes: data.count)
        }
        return try NumPyArray(header) { $0.copyMemory(from: data) }
      }
    } catch let fact as NumPyError.Fact {
      throw NumPyError(path: path, fact: fact)
    }
  }

  /// Writes a `.npy` file that is complete or not there at all.
  /// - Throws: `FileError`.
  public func write(to path: String) throws {
    try AtomicFile.write(to: path) { writer in
      try header.encoded.withUnsafeBytes { try writer.write($0) }
      try withElementBytes { try writer.write($0) }
    }
  }

  /// All elements as float32; integers above 2²⁴ and float64 are rounded.
  public func floatTensor() -> Tensor {
    let elements: [Float] =
      switch storage {
      case .uint8(let elements): elements.map(Float.init)
      case .int32(let elements): elements.map(Float.init)
      case .int64(let elements): elements.map(Float.init)
      case .float32(let elements): elements
      case .float64(let elements): elements.map(Float.init)
      }
    return Tensor(shape: shape, elements: elements)
  }
}

extension NumPyArray {
  /// Makes the array that `header` announces; `fill` is given the memory for its elements.
  init(_ header: NumPyHeader, fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
    func elements<Element: BitwiseCopyable>(_: Element.Type) throws -> [Element] {
      try Array(count: header.shape.elementCount, filledBy: fill)
    }
    let storage: Storage =
      switch header.elementType {
      case .uint8: .uint8(try elements(UInt8.self))
      case .int8: .int32(try elements(Int8.self).map(Int32.init))
      case .uint16: .int32(try elements(UInt16.self).map(Int32.init))
      case .int16: .int32(try elements(Int16.self).map(Int32.init))
      case .uint32: .int64(try elements(UInt32.self).map(Int64.init))
      case .int32: .int32(try elements(Int32.self))
      case .uint64: .int64(try Self.signed(elements(UInt64.self)))
      case .int64: .int64(try elements(Int64.self))
      case .float32: .float32(try elements(Float.self))
      case .float64: .float64(try elements(Double.self))
      }
    self.init(shape: header.shape, storage: storage)
  }

  private static func signed(_ elements: [UInt64]) throws -> [Int64] {
    if let index = elements.firstIndex(where: { $0 > UInt64(Int64.max) }) {
      throw NumPyError.Fact.integerOutOfRange(index: index)
    }
    return elements.map { Int64($0) }
  }

  var header: NumPyHeader {
    let type: NumPyElementType =
      switch storage {
      case .uint8: .uint8
      case .int32: .int32
      case .int64: .int64
      case .float32: .float32
      case .float64: .float64
      }
    return NumPyHeader(elementType: type, shape: shape)
  }

  func withElementBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    switch storage {
    case .uint8(let elements): try elements.withUnsafeBytes(body)
    case .int32(let elements): try elements.withUnsafeBytes(body)
    case .int64(let elements): try elements.withUnsafeBytes(body)
    case .float32(let elements): try elements.withUnsafeBytes(body)
    case .float64(let elements): try elements.withUnsafeBytes(body)
    }
  }
}

#if _endian(big)
  #error("The files read and written here are little endian; add byte swapping for this machine.")
#endif

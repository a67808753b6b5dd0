import Foundation

/// An array as NumPy's `.npy` files hold it: a shape and row-major elements of one type.
///
/// Reads format versions 1 to 3 in C order. Types without a storage of their own are widened: int8,
/// int16 and uint16 become int32, uint32 and uint64 become int64, float16 becomes float32; bool
/// becomes uint8, with the values 0 and 1. `elementType` tells what they were.
package struct NumPyArray: Hashable, Sendable {
  /// Elements, row by row.
  package enum Storage: Hashable, Sendable {
    case uint8([UInt8])
    case int32([Int32])
    case int64([Int64])
    case float32([Float])
    case float64([Double])

    package var count: Int {
      switch self {
      case .uint8(let elements): elements.count
      case .int32(let elements): elements.count
      case .int64(let elements): elements.count
      case .float32(let elements): elements.count
      case .float64(let elements): elements.count
      }
    }

    var elementType: NumPyElementType {
      switch self {
      case .uint8: .uint8
      case .int32: .int32
      case .int64: .int64
      case .float32: .float32
      case .float64: .float64
      }
    }
  }

  package let shape: Shape
  package let storage: Storage
  /// What the elements were before they were read; of an array made in memory, what they are.
  package let elementType: NumPyElementType

  package init(shape: Shape, storage: Storage) {
    self.init(shape: shape, storage: storage, elementType: storage.elementType)
  }

  private init(shape: Shape, storage: Storage, elementType: NumPyElementType) {
    precondition(storage.count == shape.elementCount, "\(storage.count) elements for \(shape)")
    self.shape = shape
    self.storage = storage
    self.elementType = elementType
  }

  /// A float32 array with the tensor's shape and elements.
  package init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, storage: .float32(tensor.elements))
  }

  /// Reads a `.npy` file.
  /// - Throws: `FileError` if it cannot be read, `NumPyError` if it is not what it should be.
  package init(contentsOf path: String) throws {
    self = try NumPyEntry(contentsOf: path).array()
  }

  /// Writes a `.npy` file that is complete or not there at all.
  /// - Throws: `FileError`.
  package func write(to path: String) throws {
    try AtomicFile.write(to: path) { writer in
      try header.encoded.withUnsafeBytes { try writer.write($0) }
      try withElementBytes { try writer.write($0) }
    }
  }

  /// All elements as float32; integers above 2²⁴ and float64 are rounded.
  package func floatTensor() -> Tensor {
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
      try Array(count: header.shape.elementCount) { memory in
        try fill(memory)
        if header.isBigEndian { memory.swapBytes(ofElementsOf: header.elementType.byteCount) }
      }
    }
    let storage: Storage =
      switch header.elementType {
      case .bool: .uint8(try elements(UInt8.self).map { $0 == 0 ? 0 : 1 })
      case .uint8: .uint8(try elements(UInt8.self))
      case .int8: .int32(try elements(Int8.self).map(Int32.init))
      case .uint16: .int32(try elements(UInt16.self).map(Int32.init))
      case .int16: .int32(try elements(Int16.self).map(Int32.init))
      case .uint32: .int64(try elements(UInt32.self).map(Int64.init))
      case .int32: .int32(try elements(Int32.self))
      case .uint64: .int64(try Self.signed(elements(UInt64.self)))
      case .int64: .int64(try elements(Int64.self))
      case .float16: .float32(try elements(Float16.self).map(Float.init))
      case .float32: .float32(try elements(Float.self))
      case .float64: .float64(try elements(Double.self))
      }
    self.init(shape: header.shape, storage: storage, elementType: header.elementType)
  }

  private static func signed(_ elements: [UInt64]) throws -> [Int64] {
    if let index = elements.firstIndex(where: { $0 > UInt64(Int64.max) }) {
      throw NumPyError.Fact.integerOutOfRange(index: index)
    }
    return elements.map { Int64($0) }
  }

  var header: NumPyHeader { NumPyHeader(elementType: storage.elementType, shape: shape) }

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

extension UnsafeMutableRawBufferPointer {
  /// Turns the bytes of each element around.
  fileprivate func swapBytes(ofElementsOf byteCount: Int) {
    func swap<Bits: FixedWidthInteger & BitwiseCopyable>(_: Bits.Type) {
      let elements = assumingMemoryBound(to: Bits.self)
      for index in elements.indices { elements[index] = elements[index].byteSwapped }
    }
    switch byteCount {
    case 2: swap(UInt16.self)
    case 4: swap(UInt32.self)
    default: swap(UInt64.self)
    }
  }
}

#if _endian(big)
  #error("The files read and written here are little endian; add byte swapping for this machine.")
#endif

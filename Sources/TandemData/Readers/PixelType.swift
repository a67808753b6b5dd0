import TandemTensor

/// How the numbers of an array are pixels: those of an integer type are divided by the value that
/// is white, so that 0…white become 0…1; floating-point numbers are taken as they are.
package enum PixelType: Equatable, Sendable {
  case integers(white: Float)
  case floats

  /// nil for integers of more bits than pictures have.
  package init?(_ type: NumPyElementType) {
    switch type {
    case .bool: self = .integers(white: 1)
    // Pixels of bytes that were saved with a sign; none may be below 0.
    case .uint8, .int8: self = .integers(white: 255)
    case .uint16: self = .integers(white: 65_535)
    case .float16, .float32, .float64: self = .floats
    case .int16, .uint32, .int32, .uint64, .int64: return nil
    }
  }

  /// What arrays of images may hold, for messages.
  package static let expected = "uint8 (0…255), uint16 (0…65535), bool or floating-point numbers"
}

extension NumPyArray {
  /// The first element below 0 of an array of int8.
  package var negativePixel: (index: Int, value: Int)? {
    guard elementType == .int8, case .int32(let elements) = storage,
      let index = elements.firstIndex(where: { $0 < 0 })
    else { return nil }
    return (index, Int(elements[index]))
  }
}

/// The element types of `.npy` files that are read; the raw value is NumPy's name, as in
/// `array.astype("uint8")`. https://numpy.org/doc/stable/reference/arrays.dtypes.html
package enum NumPyElementType: String, Hashable, Sendable {
  case bool
  case uint8
  case int8
  case uint16
  case int16
  case uint32
  case int32
  case uint64
  case int64
  case float16
  case float32
  case float64

  /// Bytes of one element in a file.
  package var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  /// Bytes of one element in memory, where types without a storage of their own are widened.
  package var byteCountInMemory: Int {
    switch self {
    case .bool, .uint8: 1
    case .int8, .uint16, .int16, .int32, .float16, .float32: 4
    case .uint32, .uint64, .int64, .float64: 8
    }
  }

  package var isFloatingPoint: Bool {
    switch self {
    case .float16, .float32, .float64: true
    default: false
    }
  }

  /// The type as `numpy.save` writes it.
  var description: String {
    switch self {
    case .bool: "|b1"
    case .uint8: "|u1"
    case .int8: "|i1"
    case .uint16: "<u2"
    case .int16: "<i2"
    case .uint32: "<u4"
    case .int32: "<i4"
    case .uint64: "<u8"
    case .int64: "<i8"
    case .float16: "<f2"
    case .float32: "<f4"
    case .float64: "<f8"
    }
  }
}

/// What surrounds the input of a convolution or pooling. A literal `2` is 2 rows or columns of
/// padding at every side.
public enum Padding: Hashable, Sendable {
  /// None: the window stays inside the input.
  case valid
  /// As many rows and columns as give an output of ⌈input / stride⌉. Where that is an odd number,
  /// the extra row or column is at the bottom or right, as TensorFlow has it:
  /// https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
  case same
  case explicit(top: Int, bottom: Int, left: Int, right: Int)

  /// The rows and columns that this padding means for one input size.
  public func resolved(input: Size2D, kernel: Size2D, stride: Size2D) -> Edges {
    switch self {
    case .valid:
      return .zero
    case .same:
      let rows = Self.same(input: input.height, kernel: kernel.height, stride: stride.height)
      let columns = Self.same(input: input.width, kernel: kernel.width, stride: stride.width)
      return Edges(
        top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)
    case .explicit(let top, let bottom, let left, let right):
      return Edges(top: top, bottom: bottom, left: left, right: right)
    }
  }

  private static func same(input: Int, kernel: Int, stride: Int) -> Int {
    let output = (input + stride - 1) / stride
    return max(0, (output - 1) * stride + kernel - input)
  }
}

extension Padding: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) {
    self = .explicit(top: value, bottom: value, left: value, right: value)
  }
}

extension Padding: CustomStringConvertible {
  /// The padding as Swift source: `.same`, `2`.
  public var description: String {
    switch self {
    case .valid: ".valid"
    case .same: ".same"
    case .explicit(let top, let bottom, let left, let right):
      top == bottom && left == right && top == left
        ? "\(top)"
        : ".explicit(top: \(top), bottom: \(bottom), left: \(left), right: \(right))"
    }
  }
}

/// The padding in files: `"valid"`, `"same"` or `[top, bottom, left, right]`.
extension Padding: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let sides = try? container.decode([Int].self), sides.count == 4 {
      self = .explicit(top: sides[0], bottom: sides[1], left: sides[2], right: sides[3])
      return
    }
    switch try? container.decode(String.self) {
    case "valid": self = .valid
    case "same": self = .same
    default:
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "padding is \"valid\", \"same\" or [top, bottom, left, right]")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .valid: try container.encode("valid")
    case .same: try container.encode("same")
    case .explicit(let top, let bottom, let left, let right):
      try container.encode([top, bottom, left, right])
    }
  }
}

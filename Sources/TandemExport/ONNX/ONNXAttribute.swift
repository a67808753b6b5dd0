/// The value of a setting of an operator.
enum ONNXAttribute {
  case int(Int)
  case ints([Int])
  case float(Double)

  func message(named name: String) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto()
    attribute.name = name
    switch self {
    case .int(let value):
      attribute.type = .int
      attribute.i = Int64(value)
    case .ints(let values):
      attribute.type = .ints
      attribute.ints = values.map(Int64.init)
    case .float(let value):
      attribute.type = .float
      attribute.f = Float(value)
    }
    return attribute
  }
}

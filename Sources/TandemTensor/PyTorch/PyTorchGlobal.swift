/// The functions and classes that pickles of state dicts name, all of which are played here.
enum PyTorchGlobal {
  case orderedDictionary
  /// `torch.Size`: a tuple.
  case size
  /// `torch._utils._rebuild_tensor` of PyTorch before 0.4, and `_rebuild_tensor_v2` of all later
  /// ones, which has more arguments.
  case tensor
  /// `torch._utils._rebuild_parameter`: the tensor that is its first argument.
  case parameter
  /// `torch._tensor._rebuild_from_type_v2`: one of the functions here with arguments, for a tensor
  /// that Python code gave further attributes.
  case tensorWithAttributes
  case storage(WeightElementType)
  /// Classes and types of elements that are arguments and change nothing.
  case plain
  /// A function whose result changes nothing.
  case plainCall

  /// - Throws: `PyTorchError.Fact.refusedGlobal` for all others.
  init(module: String, name: String) throws(PyTorchError.Fact) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch", "Size"): self = .size
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"):
      self = .tensor
    case ("torch._utils", "_rebuild_parameter"),
      ("torch._utils", "_rebuild_parameter_with_state"):
      self = .parameter
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .tensorWithAttributes
    case ("torch", "Tensor"), ("torch.nn.parameter", "Parameter"): self = .plain
    case ("torch", "device"): self = .plainCall
    case ("torch", let type) where Self.elementTypes.contains(type): self = .plain
    case ("torch", let type), ("torch.cuda", let type):
      guard let element = Self.storages[type] else { throw .refusedGlobal("\(module).\(name)") }
      self = .storage(element)
    default: throw .refusedGlobal("\(module).\(name)")
    }
  }

  private static let storages: [String: WeightElementType] = [
    "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    "ComplexFloatStorage": .complex64,
  ]

  private static let elementTypes: Set<String> = [
    "float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool",
  ]
}

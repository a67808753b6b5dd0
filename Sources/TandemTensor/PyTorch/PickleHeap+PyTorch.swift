/// What the functions of PyTorch make that pickles of state dicts name.
extension PickleHeap {
  /// - Parameter offset: the place in the pickle, for messages.
  /// - Throws: `PyTorchError.Fact`.
  mutating func result(
    of function: PyTorchGlobal, _ arguments: [PickleValue], at offset: Int
  ) throws(PyTorchError.Fact) -> PickleValue {
    func malformed(_ problem: String) -> PyTorchError.Fact {
      .malformedPickle(offset: offset, problem: problem)
    }
    switch function {
    case .orderedDictionary: return try orderedDictionary(arguments, at: offset)
    case .size:
      guard arguments.count == 1, let items = items(arguments[0]) else {
        throw malformed("a size of nothing")
      }
      return tuple(items)
    case .tensor: return tensor(try tensor(described: arguments, at: offset))
    case .parameter:
      guard case .tensor? = arguments.first else { throw malformed("a parameter without a tensor") }
      return arguments[0]
    case .tensorWithAttributes:
      // The function, the tensor's class, the function's arguments, and the attributes. Only two
      // functions make tensors, neither of which leads here again.
      guard arguments.count == 4, case .global(let inner) = arguments[0],
        let innerArguments = items(arguments[2])
      else { throw malformed("a tensor without a function that makes it") }
      switch inner {
      case .tensor, .parameter: return try result(of: inner, innerArguments, at: offset)
      default: throw malformed("a tensor without a function that makes it")
      }
    case .plainCall: return .other
    case .storage, .plain: throw malformed("a call of a class")
    }
  }

  /// Empty as Python 3 makes it, or of a list of pairs as Python 2 does.
  private mutating func orderedDictionary(
    _ arguments: [PickleValue], at offset: Int
  ) throws(PyTorchError.Fact) -> PickleValue {
    let result = dictionary()
    guard case .dictionary(let index) = result, let list = arguments.first else { return result }
    let pairs = items(list) ?? []
    // A pickle may ask for the same list again and again.
    copiedPairs += pairs.count
    guard copiedPairs <= PickleReader.mostInstructions else { throw .tooLong }
    for pair in pairs {
      guard let pair = items(pair), pair.count == 2 else {
        throw .malformedPickle(offset: offset, problem: "a dictionary of what are no pairs")
      }
      dictionaries[index].append((pair[0], pair[1]))
    }
    return result
  }

  /// The arguments of `_rebuild_tensor_v2`: storage, offset, size, strides, and more that does not
  /// change the elements.
  private func tensor(
    described arguments: [PickleValue], at offset: Int
  ) throws(PyTorchError.Fact) -> PyTorchTensor {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let first) = arguments[1],
      let extents = integers(arguments[2], atMost: PyTorchTensor.mostAxes),
      let strides = integers(arguments[3], atMost: PyTorchTensor.mostAxes)
    else {
      throw .badTensor(offset: offset, problem: "no storage, offset, size and strides")
    }
    return try PyTorchTensor(
      storage: storages[storage], offset: first, extents: extents, strides: strides, at: offset)
  }

  /// A storage by `("storage", class, key, device, elements)`, with
  /// `(key of the part, first element, elements)` as a sixth item before PyTorch 0.4.
  mutating func storage(
    described value: PickleValue, at offset: Int
  ) throws(PyTorchError.Fact) -> PickleValue {
    guard let items = items(value), (5...6).contains(items.count),
      case .text("storage") = items[0], case .global(.storage(let type)) = items[1],
      case .text(let key) = items[2], case .integer(let count) = items[4],
      count >= 0, count <= Int.max / 64
    else {
      throw .malformedPickle(offset: offset, problem: "a reference to what is no storage")
    }
    var part = 0..<count
    if items.count == 6, let view = self.items(items[5]) {
      guard view.count == 3, case .integer(let first) = view[1], case .integer(let size) = view[2],
        first >= 0, size >= 0, first <= count, size <= count - first
      else {
        throw .malformedPickle(offset: offset, problem: "a part that is outside of its storage")
      }
      part = first..<first + size
    }
    return storage(PyTorchStorage(key: key, type: type, elementCount: count, part: part))
  }
}

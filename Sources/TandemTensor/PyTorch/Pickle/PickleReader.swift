/// Reads a pickle the way Python's machine for them does, a stack and a memo, but knows only what
/// state dicts are made of: containers, names, numbers, tensors. It calls nothing; where a pickle
/// asks for a function it is one of a few that are known here, or the pickle is refused.
///
/// What is read takes no more memory than in proportion to the pickle's bytes.
struct PickleReader {
  /// A state dict has about forty for each tensor.
  static let mostInstructions = 2_000_000

  private(set) var heap = PickleHeap()
  private let bytes: UnsafeRawBufferPointer
  /// The next byte to read, from the start of `bytes`.
  private(set) var position: Int
  /// Where the instruction began that is carried out.
  private var instruction = 0

  private var stack: [PickleValue] = []
  /// How high the stack was at each mark that is still open.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  init(_ bytes: UnsafeRawBufferPointer, from position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  /// The value that the pickle at `position` describes, which is then behind the pickle. Values of
  /// earlier pickles stay in the heap.
  mutating func value() throws(PyTorchError.Fact) -> PickleValue {
    stack = []
    marks = []
    memo = [:]
    for _ in 0..<Self.mostInstructions {
      instruction = position
      let byte = try number(UInt8.self)
      guard let code = PickleCode(rawValue: byte) else {
        throw .refusedInstruction(offset: instruction, code: byte)
      }
      if code == .stop { return try pop() }
      try carryOut(code)
    }
    throw .tooLong
  }

  private mutating func carryOut(_ code: PickleCode) throws(PyTorchError.Fact) {
    switch code {
    case .protocol, .frame, .stop, .mark, .pop, .popMark, .duplicate: try control(code)
    case .none, .newTrue, .newFalse, .int1, .int2, .int4, .long1, .long4, .float,
      .string1, .string4, .unicode1, .unicode4, .unicode8, .bytes1, .bytes4:
      stack.append(try plain(code))
    case .emptyTuple, .tuple, .tuple1, .tuple2, .tuple3, .emptyList, .list, .emptyDictionary,
      .dictionary:
      stack.append(try container(code))
    case .append, .appends, .setItem, .setItems: try fill(code)
    case .get1, .get4, .put1, .put4, .memoize: try remember(code)
    case .global, .stackGlobal, .reduce, .build, .persistentID: try known(code)
    }
  }

  private mutating func control(_ code: PickleCode) throws(PyTorchError.Fact) {
    switch code {
    case .protocol:
      let version = try number(UInt8.self)
      guard (2...5).contains(version) else { throw malformed("protocol \(version)") }
    case .frame: _ = try number(UInt64.self)
    case .mark: marks.append(stack.count)
    case .popMark: _ = try popToMark()
    case .duplicate: stack.append(try top())
    default: _ = try pop()
    }
  }

  private mutating func plain(_ code: PickleCode) throws(PyTorchError.Fact) -> PickleValue {
    switch code {
    case .newTrue: return .boolean(true)
    case .newFalse: return .boolean(false)
    case .int1: return .integer(Int(try number(UInt8.self)))
    case .int2: return .integer(Int(try number(UInt16.self)))
    case .int4: return .integer(Int(try number(Int32.self)))
    case .long1: return long(try take(Int(try number(UInt8.self))))
    case .long4: return long(try take(Int(try number(UInt32.self))))
    case .string1, .unicode1: return text(try take(Int(try number(UInt8.self))))
    case .string4, .unicode4: return text(try take(Int(try number(UInt32.self))))
    case .unicode8: return text(try take(Int(clamping: try number(UInt64.self))))
    case .float: _ = try number(UInt64.self)
    case .bytes1: _ = try take(Int(try number(UInt8.self)))
    case .bytes4: _ = try take(Int(try number(UInt32.self)))
    default: break
    }
    return .other
  }

  private mutating func container(_ code: PickleCode) throws(PyTorchError.Fact) -> PickleValue {
    switch code {
    case .emptyTuple: return heap.tuple([])
    case .tuple1: return heap.tuple(try pop(1))
    case .tuple2: return heap.tuple(try pop(2))
    case .tuple3: return heap.tuple(try pop(3))
    case .tuple: return heap.tuple(try popToMark())
    case .emptyList: return heap.list()
    case .list: return heap.list(try popToMark())
    case .emptyDictionary: return heap.dictionary()
    default:
      let items = try popToMark()
      let dictionary = heap.dictionary()
      try set(items, in: dictionary)
      return dictionary
    }
  }

  private mutating func fill(_ code: PickleCode) throws(PyTorchError.Fact) {
    let items =
      switch code {
      case .append: try pop(1)
      case .setItem: try pop(2)
      default: try popToMark()
      }
    let target = try top()
    guard code == .append || code == .appends else { return try set(items, in: target) }
    guard case .list(let index) = target else { throw malformed("items for what is no list") }
    heap.lists[index] += items
  }

  private mutating func set(
    _ items: [PickleValue], in target: PickleValue
  ) throws(PyTorchError.Fact) {
    guard case .dictionary(let index) = target else {
      throw malformed("keys for what is no dictionary")
    }
    guard items.count.isMultiple(of: 2) else { throw malformed("a key without a value") }
    for place in stride(from: 0, to: items.count, by: 2) {
      heap.dictionaries[index].append((items[place], items[place + 1]))
    }
  }

  private mutating func remember(_ code: PickleCode) throws(PyTorchError.Fact) {
    switch code {
    case .memoize: memo[memo.count] = try top()
    case .put1: memo[Int(try number(UInt8.self))] = try top()
    case .put4: memo[Int(try number(UInt32.self))] = try top()
    default:
      let place =
        code == .get1 ? Int(try number(UInt8.self)) : Int(try number(UInt32.self))
      guard let value = memo[place] else { throw malformed("nothing was kept as \(place)") }
      stack.append(value)
    }
  }

  private mutating func known(_ code: PickleCode) throws(PyTorchError.Fact) {
    switch code {
    case .global:
      let module = try line()
      stack.append(.global(try PyTorchGlobal(module: module, name: try line())))
    case .stackGlobal:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw malformed("a function whose name is no text")
      }
      stack.append(.global(try PyTorchGlobal(module: module, name: name)))
    case .reduce:
      guard case .tuple(let index) = try pop() else { throw malformed("a call without arguments") }
      guard case .global(let function) = try pop() else { throw malformed("a call of a value") }
      stack.append(try heap.result(of: function, heap.tuples[index], at: instruction))
    case .persistentID:
      stack.append(try heap.storage(described: try pop(), at: instruction))
    default:
      // What is built here has no state that matters: an ordered dictionary's `_metadata`.
      _ = try pop()
      guard case .dictionary = try top() else { throw malformed("a state of what has none") }
    }
  }
}

extension PickleReader {
  private func malformed(_ problem: String) -> PyTorchError.Fact {
    .malformedPickle(offset: instruction, problem: problem)
  }

  // MARK: The stack

  private func top() throws(PyTorchError.Fact) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.last else {
      throw malformed("nothing is there")
    }
    return value
  }

  private mutating func pop() throws(PyTorchError.Fact) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws(PyTorchError.Fact) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw malformed("nothing is there") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(PyTorchError.Fact) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw malformed("there is no mark") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  // MARK: The bytes

  private mutating func take(
    _ count: Int
  ) throws(PyTorchError.Fact) -> UnsafeRawBufferPointer {
    guard count <= bytes.count - position else { throw .cutOff(offset: bytes.count) }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  private mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type
  ) throws(PyTorchError.Fact) -> Number {
    Number(littleEndian: try take(MemoryLayout<Number>.size).loadUnaligned(as: Number.self))
  }

  /// A line of text without the character that ends it.
  private mutating func line() throws(PyTorchError.Fact) -> String {
    guard let end = bytes[position...].firstIndex(of: 0x0A) else {
      throw .cutOff(offset: bytes.count)
    }
    let text = text(try take(end - position))
    _ = try take(1)
    guard case .text(let line) = text else { return "" }
    return line
  }

  private func text(_ bytes: UnsafeRawBufferPointer) -> PickleValue {
    .text(String(decoding: bytes, as: UTF8.self))
  }

  /// A whole number of any length, with a sign; a longer one than `Int` is the number of nothing.
  private func long(_ bytes: UnsafeRawBufferPointer) -> PickleValue {
    guard bytes.count <= MemoryLayout<Int>.size else { return .other }
    let sign: UInt8 = bytes.last.map { $0 >= 0x80 ? 0xFF : 0 } ?? 0
    var number: UInt = 0
    for place in 0..<MemoryLayout<Int>.size {
      number |= UInt(place < bytes.count ? bytes[place] : sign) << UInt(8 * place)
    }
    return .integer(Int(bitPattern: number))
  }
}

/// Pieces of pickles, in the instructions that `torch.save` uses.
enum PickleText {
  static let start: [UInt8] = [0x80, 2]
  static let stop: [UInt8] = [0x2E]
  static let mark: [UInt8] = [0x28]
  static let none: [UInt8] = [0x4E]
  static let emptyTuple: [UInt8] = [0x29]
  static let emptyDictionary: [UInt8] = [0x7D]
  static let call: [UInt8] = [0x52]

  static func text(_ text: String) -> [UInt8] {
    [0x58] + little(UInt32(text.utf8.count)) + text.utf8
  }

  static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + little(Int64(value)) }

  static func tuple(_ items: [[UInt8]]) -> [UInt8] { mark + items.joined() + [0x74] }

  static func global(_ module: String, _ name: String) -> [UInt8] {
    [0x63] + Array("\(module)\n\(name)\n".utf8)
  }

  /// A dictionary of names and values.
  static func dictionary(_ items: [(String, [UInt8])]) -> [UInt8] {
    emptyDictionary + mark + items.flatMap { text($0) + $1 } + [0x75]
  }

  static func storage(_ type: String = "FloatStorage", key: String = "0", count: Int) -> [UInt8] {
    tuple([text("storage"), global("torch", type), text(key), text("cpu"), integer(count)]) + [0x51]
  }

  static func tensor(
    _ storage: [UInt8], offset: Int = 0, _ extents: [Int], strides: [Int]
  ) -> [UInt8] {
    global("torch._utils", "_rebuild_tensor_v2")
      + tuple([
        storage, integer(offset), tuple(extents.map(integer)), tuple(strides.map(integer)), [0x89],
        global("collections", "OrderedDict") + emptyTuple + call,
      ]) + call
  }

  /// A file of `torch.save`: the pickle of `value`, and storages.
  static func file(_ value: [UInt8], storages: [(String, [UInt8])] = []) -> [UInt8] {
    storedZip(
      [("archive/data.pkl", start + value + stop)]
        + storages.map { ("archive/data/\($0.0)", $0.1) } + [("archive/version", [0x33, 0x0A])])
  }

  static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { little($0.bitPattern) } }
}

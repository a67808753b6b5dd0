import Foundation
import TandemTensor
import TestSupport
import Testing

/// Pickles that PyTorch does not write: each is refused in one line that says why.
@Suite struct HostilePickleTests {
  typealias Pickle = PickleText

  private func read(_ contents: [UInt8]) throws -> PyTorchFile {
    try withTemporaryFolder { folder in
      try write(contents, to: folder + "/weights.pth")
      return try PyTorchFile.read(folder + "/weights.pth")
    }
  }

  private func fact(_ contents: [UInt8]) throws -> PyTorchError.Fact {
    try #require(throws: PyTorchError.self) { try read(contents) }.fact
  }

  private let four = Pickle.floats([1, 2, 3, 4])

  @Test func theWriterOfTheseTestsWritesFilesThatAreRead() throws {
    let value = Pickle.tensor(Pickle.storage(count: 4), [2, 2], strides: [1, 2])
    let file = try read(Pickle.file(Pickle.dictionary([("a", value)]), storages: [("0", four)]))
    #expect(file.tensors == ["a": Tensor(shape: [2, 2], elements: [1, 3, 2, 4])])
  }

  @Test(
    arguments: [
      ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("__builtin__", "exec"),
      ("torch", "load"), ("torch._utils", "_rebuild_tensor_v3"), ("torch.cuda", "device"),
      ("collections", "defaultdict"), ("numpy.core.multiarray", "scalar"), ("", ""),
      ("torch.nn", "Linear"), ("torch._utils._rebuild_tensor_v2", "__globals__"),
    ]) func functions(module: String, name: String) throws
  {
    let call =
      Pickle.global(module, name) + Pickle.tuple([Pickle.text("touch /tmp/run")]) + Pickle.call
    let expected = PyTorchError.Fact.refusedGlobal("\(module).\(name)")
    #expect(try fact(Pickle.file(call)) == expected)
    #expect(try fact(Pickle.file(Pickle.dictionary([("a", call)]))) == expected)
    // As protocol 4 names it.
    let stacked = Pickle.text(module) + Pickle.text(name) + [0x93]
    #expect(try fact(Pickle.file(stacked + Pickle.emptyTuple + Pickle.call)) == expected)
  }

  @Test func namesInMessagesStayInOneLine() throws {
    let text = Pickle.text("o\ns") + Pickle.text(String(repeating: "x", count: 10_000)) + [0x93]
    let error = try #require(throws: PyTorchError.self) { try read(Pickle.file(text)) }
    #expect("\(error)".split(whereSeparator: \.isNewline).count == 1)
    #expect("\(error)".utf8.count < 600)
  }

  /// Protocols 0 and 1, and what makes objects of classes: instructions by their first bytes.
  @Test(arguments: Array("iobIFSVPpgL".utf8) + [0x81, 0x92, 0x82, 0x83, 0x84, 0x8F, 0x96, 0x97])
  func instructions(code: UInt8) throws {
    let fact = try fact(Pickle.file([code] + Array("os\nsystem\n".utf8)))
    if code == UInt8(ascii: "b") {
      #expect(fact == .malformedPickle(offset: 2, problem: "nothing is there"))
    } else {
      #expect(fact == .refusedInstruction(offset: 2, code: code))
    }
  }

  /// Containers in containers, a million deep, by each instruction that can make them.
  @Test func depth() throws {
    let depth = 900_000
    let lists = [UInt8](repeating: 0x5D, count: depth) + [UInt8](repeating: 0x61, count: depth - 1)
    let tuples = Pickle.none + [UInt8](repeating: 0x85, count: depth)
    for value in [lists, tuples] {
      #expect(try fact(Pickle.file(value)) == .noStateDict(keys: []))
    }
    // Dictionaries that hold themselves as all that may hold a state dict.
    let itself =
      Pickle.emptyDictionary + [0x71, 0]
      + ["state_dict", "model", "net"].flatMap { Pickle.text($0) + [0x68, 0, 0x73] }
    #expect(try fact(Pickle.file(itself)) == .noStateDict(keys: ["state_dict", "model", "net"]))
  }

  @Test func length() throws {
    let many = [UInt8](repeating: 0x4E, count: 2_000_001)
    #expect(try fact(Pickle.file(many)) == .tooLong)
    // A list of 1,000 pairs that is made a dictionary of 10,000 times.
    let pair = Pickle.none + Pickle.none + [0x86]
    let pairs = [UInt8]([0x5D]) + Pickle.mark + (0..<1000).flatMap { _ in pair } + [0x65]
    let dictionary =
      Pickle.global("collections", "OrderedDict") + [0x71, 1] + pairs + [0x85, 0x71, 2]
      + Pickle.call
    let again = (0..<10_000).flatMap { _ in [0x30, 0x68, 1, 0x68, 2, 0x52] as [UInt8] }
    #expect(try fact(Pickle.file(dictionary + again)) == .tooLong)
  }

  @Test(
    arguments: [
      [0x58, 0xFF, 0xFF, 0xFF, 0xFF], [0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
      [0x8B, 0xFF, 0xFF, 0xFF, 0x7F], [0x42, 0xFF, 0xFF, 0xFF, 0xFF], [0x54, 0, 0, 0, 0x80],
      [0x95, 1, 2], [0x63, 0x61],
    ] as [[UInt8]]) func countsBeyondTheEnd(code: [UInt8]) throws
  {
    #expect(try fact(Pickle.file(code)) == .cutOff(offset: 2 + code.count + 1))
  }

  @Test(
    arguments: [
      ([0x30], "nothing is there"), ([0x32], "nothing is there"), ([0x74], "there is no mark"),
      ([0x31], "there is no mark"), ([0x28, 0x30], "nothing is there"),
      ([0x4E, 0x28, 0x85], "nothing is there"), ([0x87], "nothing is there"),
      ([0x68, 5], "nothing was kept as 5"),
      ([0x6A, 0xFF, 0xFF, 0xFF, 0xFF], "nothing was kept as 4294967295"),
      ([0x71, 0], "nothing is there"), ([0x4E, 0x4E, 0x61], "items for what is no list"),
      ([0x4E, 0x4E, 0x4E, 0x73], "keys for what is no dictionary"),
      ([0x7D, 0x28, 0x4E, 0x75], "a key without a value"),
      ([0x28, 0x4E, 0x64], "a key without a value"),
      ([0x4E, 0x4E, 0x52], "a call without arguments"),
      ([0x4E, 0x29, 0x52], "a call of a value"),
      ([0x4E, 0x51], "a reference to what is no storage"),
      ([0x4E, 0x4E, 0x62], "a state of what has none"),
      ([0x4E, 0x4E, 0x93], "a function whose name is no text"),
      ([0x80, 1], "protocol 1"), ([0x80, 6], "protocol 6"),
    ] as [([UInt8], String)]) func nonsense(code: [UInt8], problem: String) throws
  {
    guard case .malformedPickle(_, let found) = try fact(Pickle.file(code)) else {
      Issue.record("\(code)")
      return
    }
    #expect(found == problem)
  }

  private static let large = 1 << 40

  @Test(
    arguments: [
      (0, [5], [1], "elements outside of its storage \"0\", which has 4"),
      (4, [1], [1], "elements outside of its storage \"0\", which has 4"),
      (1, [2, 2], [2, 1], "elements outside of its storage \"0\", which has 4"),
      (-1, [1], [1], "a negative extent, stride or offset"),
      (0, [-1], [1], "a negative extent, stride or offset"),
      (3, [2], [-1], "a negative extent, stride or offset"),
      (0, [2, 2], [1], "2 extents and 1 strides"),
      (0, [large, large], [0, 0], "more elements than any file has"),
      (0, [0, large, large], [0, 0, 0], nil),
      (0, [2, 3], [Int.max, Int.max], "elements outside of its storage"),
      (0, [2], [Int.max], "elements outside of its storage \"0\", which has 4"),
      (
        0, Array(repeating: 1, count: 65), Array(repeating: 1, count: 65),
        "no storage, offset, size and strides"
      ),
    ] as [(Int, [Int], [Int], String?)])
  func tensors(offset: Int, extents: [Int], strides: [Int], problem: String?) throws {
    let tensor = Pickle.tensor(
      Pickle.storage(count: 4), offset: offset, extents, strides: strides)
    let file = Pickle.file(Pickle.dictionary([("a", tensor)]), storages: [("0", four)])
    guard let problem else {
      #expect(try read(file).tensors["a"]?.elements == [])
      return
    }
    guard case .badTensor(_, let found) = try fact(file) else {
      Issue.record("\(try fact(file))")
      return
    }
    #expect(found == problem)
  }

  /// One element, repeated more often than any memory has room.
  @Test func expandedTensorsAreCountedBeforeTheyAreMade() throws {
    let tensor = Pickle.tensor(Pickle.storage(count: 4), [Self.large, 1000], strides: [0, 0])
    let file = Pickle.file(Pickle.dictionary([("a", tensor)]), storages: [("0", four)])
    #expect(throws: MemoryError.self) { try read(file) }
  }

  @Test func storages() throws {
    func state(_ storage: [UInt8]) -> [UInt8] {
      Pickle.dictionary([("a", Pickle.tensor(storage, [1], strides: [1]))])
    }
    #expect(try fact(Pickle.file(state(Pickle.storage(count: 4)))) == .missingStorage(key: "0"))
    let short = [("0", Array(four.dropLast()))]
    #expect(
      try fact(Pickle.file(state(Pickle.storage(count: 4)), storages: short))
        == .shortStorage(key: "0", neededBytes: 16, foundBytes: 15))
    #expect(
      try fact(Pickle.file(state(Pickle.storage(count: Int.max / 64)), storages: short))
        == .shortStorage(key: "0", neededBytes: Int.max / 64 * 4, foundBytes: 15))
    for count in [-1, Int.max] {
      let fact = try fact(Pickle.file(state(Pickle.storage(count: count)), storages: short))
      guard case .malformedPickle = fact else {
        Issue.record("\(fact)")
        return
      }
    }
    #expect(
      try fact(
        Pickle.file(
          state(Pickle.storage("QInt8Storage", count: 4)), storages: [("0", four)]))
        == .refusedGlobal("torch.QInt8Storage"))
    // The key is a name in the archive and nothing else.
    #expect(
      try fact(Pickle.file(state(Pickle.storage(key: "../../etc/passwd", count: 4))))
        == .missingStorage(key: "../../etc/passwd"))
  }

  @Test func archives() throws {
    let pickle = Pickle.start + Pickle.emptyDictionary + Pickle.stop
    #expect(
      try fact(storedZip([("a/data.pkl", pickle), ("a/data.pkl", pickle)]))
        == .damagedArchive(entry: "a/data.pkl", problem: "it is there twice"))
    #expect(
      try fact(storedZip([("a/byteorder", Array("big".utf8)), ("a/data.pkl", pickle)]))
        == .bigEndian)
    #expect(try fact(storedZip([("a/data.pkl", [])])) == .cutOff(offset: 0))
    #expect(try fact(storedZip([("a/data.pkl", pickle)])) == .noStateDict(keys: []))
    #expect(try fact(storedZip([("a/b/data.pkl", pickle)])) == .noPickle(entries: ["a/b/data.pkl"]))
    #expect(try fact(storedZip([])) == .noPickle(entries: []))
  }

  @Test func keysThatAreNoText() throws {
    let tensor = Pickle.tensor(Pickle.storage(count: 4), [4], strides: [1])
    let value = Pickle.emptyDictionary + Pickle.integer(1) + tensor + [0x73]
    #expect(try fact(Pickle.file(value, storages: [("0", four)])) == .noStateDict(keys: []))
  }

  /// A name that occurs again replaces what it was, in Python also.
  @Test func namesThatOccurTwice() throws {
    let first = Pickle.tensor(Pickle.storage(count: 4), [4], strides: [1])
    let second = Pickle.tensor(Pickle.storage(count: 4), [2], strides: [1])
    let file = try read(
      Pickle.file(Pickle.dictionary([("a", first), ("a", second)]), storages: [("0", four)]))
    #expect(file.tensors == ["a": Tensor(shape: [2], elements: [1, 2])])
  }
}

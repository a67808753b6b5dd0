import Foundation
import TandemTensor
import TestSupport
import Testing

@Suite struct NumPyArrayTests {
  private static let unsigned = (0..<24).map { 3 * $0 }
  private static let signed = (0..<24).map { 3 * $0 - 36 }

  /// What the script wrote, and the storage that it is to be read into.
  static let written: [(name: String, storage: NumPyArray.Storage)] = [
    ("bool", .uint8((0..<24).map { $0 % 3 == 0 ? 1 : 0 })),
    ("uint8", .uint8(unsigned.map { UInt8($0) })),
    ("int8", .int32(signed.map { Int32($0) })),
    ("uint16", .int32(unsigned.map { Int32($0) })),
    ("int16", .int32(signed.map { Int32($0) })),
    ("uint32", .int64(unsigned.map { Int64($0) })),
    ("int32", .int32(signed.map { Int32($0) })),
    ("uint64", .int64(unsigned.map { Int64($0) })),
    ("int64", .int64(signed.map { Int64($0) })),
    ("float16", .float32(signed.map { Float($0) / 4 })),
    ("float32", .float32(signed.map { Float($0) / 4 })),
    ("float64", .float64(signed.map { Double($0) / 4 })),
  ]

  @Test(arguments: written) func readsWhatNumPyWrote(name: String, storage: NumPyArray.Storage)
    throws
  {
    let array = try NumPyArray(contentsOf: fixture("\(name).npy"))
    #expect(array.shape == [2, 3, 4])
    #expect(array.storage == storage)
    #expect(array.elementType.rawValue == name)
  }

  /// The other order of bytes, which NumPy writes for arrays of such a type.
  @Test(arguments: ["uint16", "int32", "int64", "float16", "float32", "float64"])
  func readsBigEndianElements(name: String) throws {
    let array = try NumPyArray(contentsOf: fixture("big_endian_\(name).npy"))
    #expect(array == (try NumPyArray(contentsOf: fixture("\(name).npy"))))
  }

  /// Every spelling that `numpy.dtype` takes, and the type that it says; written by the script.
  @Test func knowsEverySpellingOfTheTypes() throws {
    let text = String(decoding: try bytes(of: fixture("type_spellings.txt")), as: UTF8.self)
    let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.count > 150)
    try withTemporaryFolder { folder in
      let path = folder + "/array.npy"
      for words in lines {
        let (spelling, name, isBigEndian) = (words[0], words[1], words[2] == "big")
        let type = try #require(NumPyElementType(rawValue: name))
        let one: [UInt8] =
          switch type {
          case .float16: [0, 0x3C]
          case .float32: [0, 0, 0x80, 0x3F]
          case .float64: [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]
          default: [1] + [UInt8](repeating: 0, count: type.byteCount - 1)
          }
        try write(
          Self.file(
            "{'descr': '\(spelling)', 'fortran_order': False, 'shape': (1,), }",
            isBigEndian ? one.reversed() : one), to: path)
        let array = try NumPyArray(contentsOf: path)
        #expect(array.elementType == type, "\(spelling)")
        #expect(array.floatTensor().elements == [1], "\(spelling)")
      }
    }
  }

  /// Spellings that `numpy.dtype` does not take, and types that have no numbers of ours.
  @Test(
    arguments: [
      "", "<", "u", "<uint8", "=float32", "f1", "i3", "u16", "B1", "U1", "<U4", "|S1", "|O",
      "<M8[s]",
      "<c8", "<f16", "g", "Float32", "<<u1", "|u1 ", "float_",
    ])
  func refusesOtherTypes(spelling: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/array.npy"
      try write(
        Self.file("{'descr': '\(spelling)', 'fortran_order': False, 'shape': (1,), }", [1]),
        to: path)
      #expect(throws: NumPyError(path: path, fact: .unsupportedType(spelling))) {
        try NumPyArray(contentsOf: path)
      }
    }
  }

  /// As Python 2 wrote shapes.
  @Test func readsExtentsWithAnL() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/array.npy"
      try write(
        Self.file("{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 1L), }", [1, 2]), to: path
      )
      #expect(
        try NumPyArray(contentsOf: path) == NumPyArray(shape: [2, 1], storage: .uint8([1, 2])))
    }
  }

  /// A file of version 1.
  private static func file(_ header: String, _ elements: [UInt8]) -> [UInt8] {
    [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + elements
  }

  /// The same bytes as NumPy's, header included.
  @Test(arguments: ["uint8", "int32", "int64", "float32", "float64", "scalar", "vector", "empty"])
  func writesWhatNumPyWrote(name: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/array.npy"
      try NumPyArray(contentsOf: fixture("\(name).npy")).write(to: path)
      #expect(try bytes(of: path) == bytes(of: fixture("\(name).npy")))
    }
  }

  @Test func readsScalarVectorAndEmptyArray() throws {
    let scalar = try NumPyArray(contentsOf: fixture("scalar.npy"))
    #expect(scalar == NumPyArray(shape: [], storage: .float32([2.5])))
    let vector = try NumPyArray(contentsOf: fixture("vector.npy"))
    #expect(vector == NumPyArray(shape: [5], storage: .int32([0, 1, 2, 3, 4])))
    let empty = try NumPyArray(contentsOf: fixture("empty.npy"))
    #expect(empty == NumPyArray(shape: [0, 3], storage: .float32([])))
  }

  @Test(arguments: ["version2", "version3"]) func readsNewerVersions(name: String) throws {
    let array = try NumPyArray(contentsOf: fixture("\(name).npy"))
    #expect(array == NumPyArray(shape: [2, 3, 4], storage: .float32((0..<24).map { Float($0) })))
  }

  @Test func convertsToTensorAndBack() throws {
    let tensor = try NumPyArray(contentsOf: fixture("int16.npy")).floatTensor()
    #expect(tensor == Tensor(shape: [2, 3, 4], elements: Self.signed.map { Float($0) }))
    #expect(NumPyArray(tensor).storage == .float32(Self.signed.map { Float($0) }))
  }

  /// A header too long for version 1 is written as version 2.
  @Test func writesLongHeaders() throws {
    try withTemporaryFolder { folder in
      let shape = Shape(Array(repeating: 1, count: 30_000))
      let array = NumPyArray(shape: shape, storage: .uint8([42]))
      try array.write(to: folder + "/array.npy")
      #expect(try bytes(of: folder + "/array.npy")[6] == 2)
      #expect(try NumPyArray(contentsOf: folder + "/array.npy") == array)
    }
  }

  static let refused: [(name: String, fact: NumPyError.Fact)] = [
    ("fortran.npy", .fortranOrder),
    ("structured.npy", .unsupportedType("structured")),
    ("stored.npz", .notNumPy),
  ]

  @Test(arguments: refused) func refuses(name: String, fact: NumPyError.Fact) {
    let path = fixture(name)
    #expect(throws: NumPyError(path: path, fact: fact)) { try NumPyArray(contentsOf: path) }
  }

  /// Header texts and what must be said of them.
  static let headers: [(text: String, fact: NumPyError.Fact)] = [
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,), }",
      .tooLarge("[9223372036854775807]")
    ),
    (
      "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0), }",
      .tooLarge("[4294967296, 4294967296, 0]")
    ),
    (
      "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000,), }",
      .wrongDataSize(claimedBytes: 1_000_000_000_000, foundBytes: 4)
    ),
    (
      "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }",
      .wrongDataSize(claimedBytes: 3, foundBytes: 4)
    ),
    (
      "{'descr': '|u1', 'fortran_order': False, 'shape': (-4,), }",
      .malformedHeader(offset: 61, expected: "a non-negative integer that fits into 64 bits")
    ),
    (
      "{'descr': '|u1', 'fortran_order': Maybe, 'shape': (4,), }",
      .malformedHeader(offset: 44, expected: "True or False")
    ),
    (
      "{'descr': '|u1', 'descr': '|u1'}",
      .malformedHeader(offset: 27, expected: "descr, fortran_order and shape")
    ),
    (
      "{'descr': '|u1', 'fortran_order': False}",
      .malformedHeader(offset: 50, expected: "descr, fortran_order and shape")
    ),
    ("{'descr", .malformedHeader(offset: 11, expected: "a closing quote")),
    ("", .malformedHeader(offset: 10, expected: "{")),
  ]

  @Test(arguments: headers) func refusesHeader(text: String, fact: NumPyError.Fact) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/array.npy"
      try write(Self.file(text, [1, 2, 3, 4]), to: path)
      #expect(throws: NumPyError(path: path, fact: fact)) { try NumPyArray(contentsOf: path) }
    }
  }

  @Test func acceptsOtherWaysToWriteTheHeader() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/array.npy"
      let text = "{\"shape\":( 2,2 ),\n\"fortran_order\":False ,\"descr\":\"|u1\"}"
      try write(Self.file(text, [1, 2, 3, 4]), to: path)
      let array = try NumPyArray(contentsOf: path)
      #expect(array == NumPyArray(shape: [2, 2], storage: .uint8([1, 2, 3, 4])))
    }
  }

  @Test func messagesHaveFilePlaceAndRemedyOnOneLine() throws {
    #expect(
      message { _ = try NumPyArray(contentsOf: "/nonexistent/x.npy") }
        == "cannot read /nonexistent/x.npy: no such file or directory; check the path")
    try withTemporaryFolder { folder in
      #expect(
        message { _ = try NumPyArray(contentsOf: folder) }
          == "cannot read \(folder): is a directory; name a file, not a folder")
      let path = folder + "/x.npy"
      try write(Array(bytes(of: fixture("uint8.npy")).dropLast(4)), to: path)
      #expect(
        message { _ = try NumPyArray(contentsOf: path) }
          == "\(path): the header claims 24 bytes of elements but there are 20; "
          + "the file is cut off, copy it again")
      try write([], to: path)
      #expect(
        message { _ = try NumPyArray(contentsOf: path) }
          == "\(path): this is not a NumPy array; write it with numpy.save")
    }
  }

  /// No damage crashes the reader; a cut-off file is never accepted.
  @Test(arguments: ["uint64.npy", "version3.npy"]) func survivesDamage(name: String) throws {
    let original = try bytes(of: fixture(name))
    try withTemporaryFolder { folder in
      let path = folder + "/array.npy"
      for copy in damagedCopies(of: original, mutations: 2000) {
        try write(copy, to: path)
        let error = message { _ = try NumPyArray(contentsOf: path) }
        if copy.count < original.count { #expect(error != nil) }
        #expect(error?.contains("\n") != true)
      }
    }
  }
}

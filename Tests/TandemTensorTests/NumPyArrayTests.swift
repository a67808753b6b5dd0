import Foundation
import TandemTensor
import TestSupport
import Testing

@Suite struct NumPyArrayTests {
  private static let unsigned = (0..<24).map { 3 * $0 }
  private static let signed = (0..<24).map { 3 * $0 - 36 }

  /// What the script wrote, and the storage that it is to be read into.
  static let written: [(name: String, storage: NumPyArray.Storage)] = [
    ("uint8", .uint8(unsigned.map { UInt8($0) })),
    ("int8", .int32(signed.map { Int32($0) })),
    ("uint16", .int32(unsigned.map { Int32($0) })),
    ("int16", .int32(signed.map { Int32($0) })),
    ("uint32", .int64(unsigned.map { Int64($0) })),
    ("int32", .int32(signed.map { Int32($0) })),
    ("uint64", .int64(unsigned.map { Int64($0) })),
    ("int64", .int64(signed.map { Int64($0) })),
    ("float32", .float32(signed.map { Float($0) / 4 })),
    ("float64", .float64(signed.map { Double($0) / 4 })),
  ]

  @Test(arguments: written) func readsWhatNumPyWrote(name: String, storage: NumPyArray.Storage)
    throws
  {
    let array = try NumPyArray(contentsOf: fixture("\(name).npy"))
    #expect(array.shape == [2, 3, 4])
    #expect(array.storage == storage)
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
    ("big_endian.npy", .unsupportedType(">f4")),
    ("float16.npy", .unsupportedType("<f2")),
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
      let prefix: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0]
      try write(prefix + Array(text.utf8) + [1, 2, 3, 4], to: path)
      #expect(throws: NumPyError(path: path, fact: fact)) { try NumPyArray(contentsOf: path) }
    }
  }

  @Test func acceptsOtherWaysToWriteTheHeader() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/array.npy"
      let text = "{\"shape\":( 2,2 ),\n\"fortran_order\":False ,\"descr\":\"|u1\"}"
      let prefix: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0]
      try write(prefix + Array(text.utf8) + [1, 2, 3, 4], to: path)
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

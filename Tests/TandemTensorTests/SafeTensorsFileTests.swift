import Foundation
import TandemTensor
import TestSupport
import Testing

@Suite struct SafeTensorsFileTests {
  private let ramp = Tensor(shape: [2, 3, 4], elements: (0..<24).map { Float($0) / 4 })

  @Test func readsWhatTheReferenceImplementationWrote() throws {
    let file = try SafeTensorsFile.read(fixture("weights.safetensors"))
    #expect(
      file.tensors == [
        "conv1.weight": ramp,
        "conv1.bias": Tensor(shape: [3], elements: [-1.5, 2, 1e-38]),
        "scalar": Tensor(shape: [], elements: [0.125]),
        "nothing": Tensor(shape: [0, 2], elements: []),
      ])
    #expect(
      file.metadata == [
        "format": "pt", "note": "quotes \" and \\, tab \t, umlaut ü, face \u{1F600}",
      ])
  }

  /// The same bytes as the reference implementation's where the format leaves no choice.
  @Test func writesWhatTheReferenceImplementationWrote() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/weights.safetensors"
      try SafeTensorsFile.read(fixture("plain.safetensors")).write(to: path)
      #expect(try bytes(of: path) == bytes(of: fixture("plain.safetensors")))
    }
  }

  @Test func readsWhatItWrote() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/weights.safetensors"
      let file = SafeTensorsFile(
        tensors: [
          "layer \"1\"\n.weight": ramp, "ü": Tensor(shape: [0], elements: []),
          "z": Tensor(shape: [2], elements: [.infinity, -0.0]),
        ],
        metadata: ["step": "17", "control": "\u{1}\r\\"])
      try file.write(to: path)
      let contents = try bytes(of: path)
      #expect(contents[0] % 8 == 0, "elements start at a multiple of 8 bytes")
      #expect(try SafeTensorsFile.read(path) == file)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder) == ["weights.safetensors"])
    }
  }

  /// Tensors are written in the order given, from the memory given.
  @Test func streamsFromPointers() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/weights.safetensors"
      try [1, 2, 3, 4, 5, 6].withUnsafeBufferPointer { (arena: UnsafeBufferPointer<Float>) in
        try SafeTensorsFile.write(
          tensors: [
            ("second", [2], UnsafeBufferPointer(rebasing: arena[4..<6])),
            ("first", [2, 2], UnsafeBufferPointer(rebasing: arena[0..<4])),
          ], to: path)
      }
      let file = try SafeTensorsFile.read(path)
      #expect(file.tensors["first"] == Tensor(shape: [2, 2], elements: [1, 2, 3, 4]))
      #expect(file.tensors["second"] == Tensor(shape: [2], elements: [5, 6]))
      let elements = try bytes(of: path).suffix(24)
      #expect(elements.prefix(4).elementsEqual([0, 0, 0xA0, 0x40]), "5 comes first")
    }
  }

  @Test func refusesNamesThatCannotBeWritten() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/weights.safetensors"
      let none = UnsafeBufferPointer<Float>(start: nil, count: 0)
      #expect(throws: SafeTensorsError(path: path, fact: .duplicateName("a"))) {
        try SafeTensorsFile.write(tensors: [("a", [0], none), ("a", [0], none)], to: path)
      }
      #expect(throws: SafeTensorsError(path: path, fact: .reservedName("__metadata__"))) {
        try SafeTensorsFile.write(tensors: [("__metadata__", [0], none)], to: path)
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names == [])
    }
  }

  private static let a = #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#

  /// Headers for 16 bytes of elements, and what must be said of them.
  static let headers: [(text: String, fact: SafeTensorsError.Fact)] = [
    ("{\(a)}", .wrongDataSize(claimedBytes: 8, foundBytes: 16)),
    (
      #"{\#(a),"b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}}"#,
      .wrongDataSize(claimedBytes: 24, foundBytes: 16)
    ),
    (
      #"{\#(a),"b":{"dtype":"F32","shape":[3],"data_offsets":[4,16]}}"#,
      .wrongOffset(tensor: "b", begin: 4, expectedBegin: 8)
    ),
    (
      #"{\#(a),"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}"#,
      .wrongOffset(tensor: "b", begin: 12, expectedBegin: 8)
    ),
    (
      #"{\#(a),"b":{"dtype":"F32","shape":[3],"data_offsets":[8,16]}}"#,
      .wrongLength(tensor: "b", neededBytes: 12, foundBytes: 8)
    ),
    ("{\(a),\(a)}", .duplicateName("a")),
    (#"{\#(a),"__metadata__":{"k":"1","k":"2"}}"#, .duplicateName("k")),
    (
      #"{"a":{"dtype":"BF16","shape":[8],"data_offsets":[0,16]}}"#,
      .unsupportedType(tensor: "a", type: "BF16")
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]}}"#,
      .tooLarge(tensor: "a")
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}"#,
      .malformedHeader(offset: 62, expected: "dtype, shape and data_offsets [begin, end]")
    ),
    (
      #"{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}"#,
      .malformedHeader(offset: 37, expected: "a non-negative integer that fits into 64 bits")
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4]}}"#,
      .malformedHeader(offset: 40, expected: "dtype, shape and data_offsets [begin, end]")
    ),
    (#"{"a":{"dtype":"F32""#, .malformedHeader(offset: 27, expected: "}")),
    (#"{"a\u12"#, .malformedHeader(offset: 13, expected: "four hexadecimal digits")),
    ("[]", .malformedHeader(offset: 8, expected: "{")),
    ("{} x", .malformedHeader(offset: 11, expected: "the end of the header")),
    ("", .malformedHeader(offset: 8, expected: "{")),
  ]

  @Test(arguments: headers) func refusesHeader(text: String, fact: SafeTensorsError.Fact) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/weights.safetensors"
      let length = [UInt8(text.utf8.count), 0, 0, 0, 0, 0, 0, 0]
      try write(length + Array(text.utf8) + Array(repeating: 0, count: 16), to: path)
      #expect(throws: SafeTensorsError(path: path, fact: fact)) { try SafeTensorsFile.read(path) }
    }
  }

  /// Lengths of the header that the file does not have, up to the largest there is.
  @Test func refusesImpossibleHeaderLengths() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/weights.safetensors"
      try write([100, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), to: path)
      #expect(
        throws: SafeTensorsError(
          path: path, fact: .truncatedHeader(neededBytes: 100, foundBytes: 2))
      ) { try SafeTensorsFile.read(path) }
      try write(Array(repeating: 0xFF, count: 8) + Array("{}".utf8), to: path)
      #expect(throws: SafeTensorsError(path: path, fact: .headerTooLong(bytes: .max))) {
        try SafeTensorsFile.read(path)
      }
      try write([1, 2, 3], to: path)
      #expect(
        throws: SafeTensorsError(path: path, fact: .truncatedHeader(neededBytes: 8, foundBytes: 3))
      ) { try SafeTensorsFile.read(path) }
    }
  }

  @Test func namesTheTensorOfAnotherType() throws {
    let path = fixture("half.safetensors")
    #expect(
      message { _ = try SafeTensorsFile.read(path) }
        == "\(path): tensor \"half\" has elements of type \"F16\", only F32 is supported; "
        + "convert it with tensor.float() and save again")
  }

  @Test func survivesDamage() throws {
    let original = try bytes(of: fixture("weights.safetensors"))
    try withTemporaryFolder { folder in
      let path = folder + "/weights.safetensors"
      for copy in damagedCopies(of: original, mutations: 2000) {
        try write(copy, to: path)
        let error = message { _ = try SafeTensorsFile.read(path) }
        if copy.count < original.count { #expect(error != nil) }
        #expect(error?.contains("\n") != true)
      }
    }
  }
}

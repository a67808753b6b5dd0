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

  /// The same bytes as the reference implementation's where the format leaves no choice, but for
  /// the digest.
  @Test func writesWhatTheReferenceImplementationWrote() throws {
    func parts(_ path: String) throws -> (header: String, data: ArraySlice<UInt8>) {
      let all = try bytes(of: path)
      let start = 8 + all[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
      return (String(decoding: all[8..<start], as: UTF8.self), all[start...])
    }
    try withTemporaryFolder { folder in
      let path = folder + "/weights.safetensors"
      try SafeTensorsFile.read(fixture("plain.safetensors")).write(to: path)
      let digest = try #require(try SafeTensorsFile.read(path).digest)
      let (written, expected) = (try parts(path), try parts(fixture("plain.safetensors")))
      #expect(
        written.header.replacing(#""__metadata__":{"tandemDigest":"\#(digest)"},"#, with: "")
          .trimmingCharacters(in: .whitespaces)
          == expected.header.trimmingCharacters(in: .whitespaces))
      #expect(written.data.elementsEqual(expected.data))
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
        _ = try SafeTensorsFile.write(
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
    (#"{\#(a),"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#, .duplicateName("a")),
    (
      #"{"a":{"dtype":"F4","shape":[32],"data_offsets":[0,16]}}"#,
      .unsupportedType(tensor: "a", type: "F4")
    ),
    (
      #"{"a":{"dtype":"I64","shape":[4],"data_offsets":[0,16]}}"#,
      .wrongLength(tensor: "a", neededBytes: 32, foundBytes: 16)
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
      #"{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,16]}}"#,
      .malformedHeader(offset: 37, expected: "a non-negative integer that fits into 64 bits")
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,Infinity]}}"#,
      .malformedHeader(offset: 58, expected: "a non-negative integer that fits into 64 bits")
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4.0],"data_offsets":[0,16]}}"#,
      .malformedHeader(offset: 38, expected: "]")
    ),
    (
      #"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,16]}}"#,
      .malformedHeader(offset: 37, expected: "a non-negative integer that fits into 64 bits")
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16,16]}}"#,
      .malformedHeader(offset: 61, expected: "at most 2 numbers")
    ),
    (#"{"__metadata__":{"loss":NaN}}"#, .malformedHeader(offset: 32, expected: "\"")),
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

  /// The reference implementation's limit, and a long header that is no JSON: neither is copied.
  @Test func refusesHeadersOfHundredMegabytes() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/weights.safetensors"
      for (claimed, fact): (UInt64, SafeTensorsError.Fact) in [
        (100_000_001, .headerTooLong(bytes: 100_000_001)),
        (100_000_000, .malformedHeader(offset: 8, expected: "{")),
      ] {
        try write(withUnsafeBytes(of: claimed.littleEndian, Array.init), to: path)
        #expect(truncate(path, 200_000_000) == 0)  // The rest is a hole of zeros.
        #expect(throws: SafeTensorsError(path: path, fact: fact)) {
          try SafeTensorsFile.read(path)
        }
      }
    }
  }

  /// 64 numbers are as many dimensions as any array library has.
  @Test func refusesShapesOfEndlessDimensions() throws {
    for (dimensions, isRead) in [(64, true), (65, false)] {
      let ones = Array(repeating: "1", count: dimensions).joined(separator: ",")
      let contents = safeTensors(
        #"{"a":{"dtype":"F32","shape":[\#(ones)],"data_offsets":[0,4]}}"#, data: [0, 0, 0, 0])
      let error = message { _ = try parse(contents) }
      #expect(isRead ? error == nil : error?.contains("at most 64 numbers") == true)
    }
  }

  /// A million of metadata's names are more than any program leaves.
  @Test func refusesEndlessMetadata() throws {
    let pairs = (0...1_000_000).lazy.map { #""\#($0)":"""# }.joined(separator: ",")
    let error = message {
      _ = try parse(safeTensors(#"{"__metadata__":{\#(pairs)}}"#, data: []))
    }
    #expect(error?.contains("at most 1000000 names") == true)
  }

  @Test func readsHalfPrecisionOfTheReferenceImplementation() throws {
    let file = try SafeTensorsFile.read(fixture("half.safetensors"))
    #expect(
      file.tensors["half"] == Tensor(shape: [2, 3, 4], elements: (0..<24).map { Float($0) }))
  }

  /// Written with the bits of the formats, at an odd address.
  @Test func convertsFloatingPointAndSkipsOtherTypes() throws {
    let halves: [(UInt16, Float)] = [
      (0x0000, 0), (0x8000, -0.0), (0x0001, 0x1p-24), (0x03FF, 1023 * 0x1p-24), (0x3C00, 1),
      (0xC100, -2.5), (0x7BFF, 65504), (0x7C00, .infinity), (0xFC00, -.infinity),
    ]
    let brains: [(UInt16, Float)] = [
      (0x0000, 0), (0x0001, 0x1p-133), (0x3F80, 1), (0xC020, -2.5), (0xFF80, -.infinity),
    ]
    let doubles: [(Double, Float)] = [
      (1, 1), (0.1, 0.1), (1e300, .infinity), (-1e-300, -0.0), (16_777_217, 16_777_216),
    ]
    var data: [UInt8] = [1]
    var fields = [#""flag":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}"#]
    func add(_ name: String, _ type: String, _ shape: String, _ bytes: [UInt8]) {
      let range = "[\(data.count),\(data.count + bytes.count)]"
      fields.append(#""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(range)}"#)
      data += bytes
    }
    func littleEndian(_ values: [some FixedWidthInteger]) -> [UInt8] {
      values.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
    }
    add("half", "F16", "[9]", littleEndian(halves.map(\.0)))
    add("brain", "BF16", "[5]", littleEndian(brains.map(\.0)))
    add("double", "F64", "[5]", littleEndian(doubles.map(\.0.bitPattern)))
    add("bn1.num_batches_tracked", "I64", "[]", littleEndian([Int64(7)]))
    add("index", "I32", "[2]", littleEndian([Int32(1), 2]))
    add("float8", "F8_E4M3", "[3]", [1, 2, 3])
    add("nan", "F16", "[1]", littleEndian([UInt16(0x7E00)]))
    add("last", "F32", "[1]", littleEndian([Float(3).bitPattern]))

    let file = try parse(safeTensors("{\(fields.joined(separator: ","))}", data: data))
    func bits(_ name: String) -> [UInt32]? { file.tensors[name]?.elements.map(\.bitPattern) }
    #expect(bits("half") == halves.map(\.1.bitPattern))
    #expect(bits("brain") == brains.map(\.1.bitPattern))
    #expect(bits("double") == doubles.map(\.1.bitPattern))
    #expect(file.tensors["nan"]?.elements[0].isNaN == true)
    #expect(file.tensors["last"] == Tensor(shape: [1], elements: [3]))
    #expect(file.tensors.count == 5)
    #expect(
      file.skippedTypes == [
        "flag": "BOOL", "bn1.num_batches_tracked": "I64", "index": "I32", "float8": "F8_E4M3",
      ])
  }

  /// A name may hold anything; what is said of it must not break a line or flood a terminal.
  @Test func messagesStayOnOneLine() throws {
    let name = #"\n\u2028\u001b[31m\u202e"# + String(repeating: "x", count: 100_000)
    let text = #"{"\#(name)":{"dtype":"F4","shape":[1],"data_offsets":[0,4]}}"#
    let error = try #require(
      message { _ = try parse(safeTensors(text, data: [0, 0, 0, 0])) })
    #expect(error.split(whereSeparator: \.isNewline).count == 1)
    #expect(error.contains(#""\u{A}\u{2028}\u{1B}[31m\u{202E}xxx"#))
    #expect(error.count < 400)
  }

  @Test func survivesDamage() throws {
    let original = try bytes(of: fixture("weights.safetensors"))
    for copy in damagedCopies(of: original, mutations: 2000) {
      let error = message { _ = try parse(copy) }
      if copy.count < original.count { #expect(error != nil) }
      #expect(error?.contains("\n") != true)
    }
  }
}

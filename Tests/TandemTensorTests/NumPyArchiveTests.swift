import Foundation
import TandemTensor
import TestSupport
import Testing

@Suite struct NumPyArchiveTests {
  private let images = NumPyArray(shape: [2, 3, 4], storage: .uint8((0..<24).map { UInt8($0) }))
  private let labels = NumPyArray(shape: [2], storage: .int64([7, 1]))

  @Test(arguments: ["stored.npz", "deflated.npz"]) func readsWhatNumPyWrote(name: String) throws {
    let archive = try NumPyArchive(contentsOf: fixture(name))
    #expect(archive.names.starts(with: ["x_train", "y_train"]))
    #expect(archive["x_train"] == images)
    #expect(archive["y_train"] == labels)
    #expect(archive["x_test"] == nil)
  }

  @Test func decompresses() throws {
    let archive = try NumPyArchive(contentsOf: fixture("deflated.npz"))
    let ones = NumPyArray(shape: [5000], storage: .float32(Array(repeating: 1, count: 5000)))
    #expect(archive["ones"] == ones)
  }

  @Test func readsOnlyWhatIsWanted() throws {
    let archive = try NumPyArchive(contentsOf: fixture("stored.npz"), only: ["y_train"])
    #expect(archive.names == ["x_train", "y_train"])
    #expect(archive["x_train"] == nil)
    #expect(archive["y_train"] == labels)
  }

  @Test(arguments: [false, true]) func readsWhatItWrote(compressed: Bool) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/arrays.npz"
      let zeros = NumPyArray(Tensor(repeating: 0, shape: [100, 100]))
      let empty = NumPyArray(shape: [0], storage: .int32([]))
      let arrays = [("b", images), ("a", labels), ("zeros", zeros), ("empty", empty)]
      try NumPyArchive.write(arrays, to: path, compressed: compressed)
      let archive = try NumPyArchive(contentsOf: path)
      #expect(archive.names == ["b", "a", "zeros", "empty"])
      for (name, array) in arrays { #expect(try archive.array(named: name) == array) }
      let size = try bytes(of: path).count
      #expect(compressed ? size < 2000 : size > 40_000)

      let first = try bytes(of: path)
      try NumPyArchive.write(arrays, to: path, compressed: compressed)
      #expect(try bytes(of: path) == first, "equal arrays give equal bytes")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["arrays.npz"])
    }
  }

  @Test func namesWhatIsThereWhenAnArrayIsMissing() throws {
    let path = fixture("stored.npz")
    let archive = try NumPyArchive(contentsOf: path)
    #expect(
      message { _ = try archive.array(named: "x_test") }
        == "\(path), array \"x_test\": there is no such array; "
        + "the archive has \"x_train\", \"y_train\"")
  }

  @Test func refusesWhatIsNoArchive() throws {
    #expect(
      message { _ = try NumPyArchive(contentsOf: fixture("uint8.npy")) }
        == "\(fixture("uint8.npy")): this is not a .npz archive (not a zip archive); "
        + "write it with numpy.savez, or copy it again")
    #expect(throws: FileError.cannotRead(path: "/nonexistent.npz", code: ENOENT)) {
      try NumPyArchive(contentsOf: "/nonexistent.npz")
    }
  }

  /// A byte of the elements of a stored entry changed: only the checksum can tell.
  @Test func noticesDamagedElements() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/arrays.npz"
      try NumPyArchive.write([("a", images)], to: path)
      var contents = try bytes(of: path)
      let elements: [UInt8] = [10, 11, 12, 13]
      let position = try #require(
        contents.indices.first { contents[$0...].starts(with: elements) })
      contents[position] = 99
      try write(contents, to: path)
      #expect(throws: NumPyError(path: path, entry: "a", fact: .corruptEntry(reason: "crc error")))
      {
        try NumPyArchive(contentsOf: path)
      }
    }
  }

  /// The central directory claims an uncompressed size of almost 4 GiB; no memory is asked for.
  @Test func refusesImpossibleSizes() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/arrays.npz"
      try NumPyArchive.write([("a", images)], to: path, compressed: true)
      var contents = try bytes(of: path)
      let directory = try #require(
        contents.indices.first { contents[$0...].starts(with: [0x50, 0x4B, 0x01, 0x02]) })
      contents.replaceSubrange(directory + 24..<directory + 28, with: [0xF0, 0xFF, 0xFF, 0xFF])
      try write(contents, to: path)
      let error = try #require(throws: NumPyError.self) { try NumPyArchive(contentsOf: path) }
      guard case .impossibleEntrySize(let claimed, let compressed) = error.fact else {
        Issue.record("\(error)")
        return
      }
      #expect(claimed == 0xFFFF_FFF0)
      #expect(compressed < 200)
    }
  }

  /// A header says what an array is, however much is to be unpacked and whatever that is.
  @Test(arguments: [false, true]) func readsHeadersOnly(compressed: Bool) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/arrays.npz"
      let random = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
      let array = NumPyArray(shape: [100, 1000], storage: .uint8(random))
      try NumPyArchive.write([("a", array), ("b", labels)], to: path, compressed: compressed)
      let entry = try NumPyArchiveReader(path: path).entry(named: "a")
      #expect(entry.shape == [100, 1000] && entry.elementType == .uint8)
      #expect(entry.byteCountInMemory == 100_000 && entry.byteCountWhileReading == 100_000)
      #expect(try entry.array() == array)

      var contents = try bytes(of: path)
      for position in 2000..<3000 { contents[position] = 0xFF }
      try write(contents, to: path)
      let reader = try NumPyArchiveReader(path: path)
      let damaged = try reader.entry(named: "a")
      #expect(damaged.shape == [100, 1000])
      #expect(throws: NumPyError.self) { try damaged.array() }
      #expect(try reader.entry(named: "b").array() == labels)
    }
  }

  @Test func refusesArraysThatDisagreeWithTheirEntry() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/arrays.npz"
      try NumPyArchive.write([("a", labels)], to: path)
      var contents = try bytes(of: path)
      let shape = try #require(
        contents.indices.first { contents[$0...].starts(with: Array("(2,)".utf8)) })
      contents[shape + 1] = UInt8(ascii: "9")
      try write(contents, to: path)
      let fact = NumPyError.Fact.wrongDataSize(claimedBytes: 72, foundBytes: 16)
      #expect(throws: NumPyError(path: path, entry: "a", fact: fact)) {
        try NumPyArchive(contentsOf: path)
      }
    }
  }

  @Test(arguments: ["stored.npz", "deflated.npz"]) func survivesDamage(name: String) throws {
    let original = try bytes(of: fixture(name))
    try withTemporaryFolder { folder in
      let path = folder + "/arrays.npz"
      for copy in damagedCopies(of: original, mutations: 2000) {
        try write(copy, to: path)
        let error = message { _ = try NumPyArchive(contentsOf: path) }
        if copy.count < original.count { #expect(error != nil) }
        #expect(error?.contains("\n") != true)
      }
    }
  }
}

import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

/// Files fetched from a server of this machine that has faults.
@Suite(.serialized, .enabled(if: FileServer.canRun, "needs python3")) struct DownloadTests {
  private static let content: [UInt8] = (0..<100_000).map { (index: Int) in
    UInt8(truncatingIfNeeded: index &* 31 >> 3)
  }

  private struct Place {
    let server: FileServer
    let folder: String
    let file: RemoteFile

    var path: String { "\(folder)/target/\(file.name)" }

    /// - Parameter ways: the first part of each mirror's path.
    func run(_ ways: String..., stallSeconds: Int = 20) throws -> [String]? {
      try Download(
        file: file, folder: folder + "/target", mirrors: ways.map { "\(server.address)/\($0)/" },
        stallSeconds: stallSeconds
      ).run()
    }

    /// The names in the folder that files are fetched into.
    var names: [String] {
      get throws {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/target").sorted()
      }
    }

    func expectFetched(sourceLocation: SourceLocation = #_sourceLocation) throws {
      let found = try bytes(of: path)
      #expect(found == DownloadTests.content, sourceLocation: sourceLocation)
    }

    func writePart(_ bytes: some Sequence<UInt8>) throws {
      try write(Array(bytes), to: path + ".part")
    }
  }

  private func withServer(_ body: (Place) throws -> Void) throws {
    try withTemporaryFolder { folder in
      for name in ["served", "target"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      }
      try write(Self.content, to: folder + "/served/data.bin")
      let server = try FileServer(serving: folder + "/served", workFolder: folder)
      var digest = SHA256Digest()
      Self.content.withUnsafeBytes { digest.add($0) }
      let file = RemoteFile(
        name: "data.bin", byteCount: Self.content.count, sha256: digest.text)
      try body(Place(server: server, folder: folder, file: file))
    }
  }

  @Test(arguments: ["good", "redirect"]) func fetches(way: String) throws {
    try withServer { place in
      #expect(try place.run(way) == nil)
      try place.expectFetched()
      #expect(try place.names == ["data.bin"])
    }
  }

  /// 40,000 bytes at a time, each time from where the last one ended.
  @Test func goesOnAfterInterruptions() throws {
    try withServer { place in
      #expect(try place.run("cut") == nil)
      try place.expectFetched()
      #expect(
        place.server.requests == [
          "/cut/data.bin", "/cut/data.bin bytes=40000-", "/cut/data.bin bytes=80000-",
        ])
    }
  }

  @Test func goesOnWithWhatAnEarlierRunHasLeft() throws {
    try withServer { place in
      try place.writePart(Self.content.prefix(99_000))
      #expect(try place.run("good") == nil)
      try place.expectFetched()
      #expect(place.server.requests == ["/good/data.bin bytes=99000-"])
    }
  }

  /// What is complete but for its name is not fetched again.
  @Test func takesACompletePart() throws {
    try withServer { place in
      try place.writePart(Self.content)
      #expect(try place.run("good") == nil)
      #expect(place.server.requests.isEmpty)
    }
  }

  @Test func startsAgainWhereThePartIsWrong() throws {
    try withServer { place in
      try place.writePart(Self.content.prefix(50_000).map { $0 ^ 1 })
      #expect(try place.run("good") == nil)
      try place.expectFetched()
      #expect(place.server.requests == ["/good/data.bin bytes=50000-", "/good/data.bin"])
      // One that is too long cannot be gone on with at all.
      try FileManager.default.removeItem(atPath: place.path)
      try place.writePart(Self.content + [1, 2, 3])
      #expect(try place.run("good") == nil)
    }
  }

  @Test func startsAgainWhereTheServerCannotGoOn() throws {
    try withServer { place in
      #expect(try place.run("whole") == nil)
      try place.expectFetched()
      #expect(
        place.server.requests == [
          "/whole/data.bin", "/whole/data.bin bytes=50000-", "/whole/data.bin",
        ])
    }
  }

  /// The next server goes on where the one before stopped.
  @Test func asksTheNextServer() throws {
    try withServer { place in
      #expect(
        try place.run("missing", "wrong", "long", "loop", "stall", "good", stallSeconds: 1) == nil)
      try place.expectFetched()
      #expect(place.server.requests.last?.hasPrefix("/good/data.bin bytes=") == true)
    }
  }

  @Test(
    arguments: [
      ("missing", "404"), ("wrong", "its SHA-256 digest is wrong"), ("loop", "redirects"),
      ("long", "the file there is longer than 100000 bytes"),
      ("short", "the file there is shorter"),
    ]) func saysWhatIsWrong(way: String, problem: String) throws
  {
    try withServer { place in
      let problems = try #require(try place.run(way))
      #expect(problems.count == 1)
      #expect(problems[0].hasPrefix("\(place.server.address)/\(way)/data.bin: "))
      #expect(problems[0].contains(problem), "\(problems)")
      #expect(problems[0].split(whereSeparator: \.isNewline).count == 1)
      #expect(!FileManager.default.fileExists(atPath: place.path))
    }
  }

  @Test func noServerAtAll() throws {
    try withServer { place in
      let nobody = Download(
        file: place.file, folder: place.folder + "/target",
        mirrors: ["http://127.0.0.1:1/", "file:///etc/", "nonsense"])
      let problems = try #require(try nobody.run())
      #expect(problems.count == 3)
      #expect(try place.names.filter { !$0.hasSuffix(".part") }.isEmpty)
    }
  }

  @Test func aFolderThatCannotBeWrittenTo() throws {
    try withServer { place in
      let download = Download(
        file: place.file, folder: place.folder + "/nowhere",
        mirrors: ["\(place.server.address)/good/"])
      #expect(throws: FileError.self) { try download.run() }
    }
  }

  /// FIPS 180-4's examples, and lengths around those of a block.
  @Test func digests() {
    func digest(_ bytes: [UInt8], pieces: Int = 1) -> String {
      var digest = SHA256Digest()
      for start in stride(from: 0, to: bytes.count, by: pieces) {
        Array(bytes[start..<min(start + pieces, bytes.count)]).withUnsafeBytes { digest.add($0) }
      }
      return digest.text
    }
    #expect(
      digest(Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      digest([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      digest(Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    for pieces in [1_000_000, 64, 63, 65, 7] {
      #expect(
        digest(million, pieces: pieces)
          == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }
  }
}

import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: FileServer.canRun, "needs python3")) struct DataCacheTests {
  private func digest(_ bytes: [UInt8]) -> String {
    var digest = SHA256Digest()
    bytes.withUnsafeBytes { digest.add($0) }
    return digest.text
  }

  /// A server in whose folder `good` the files are, and an empty cache.
  private func withServer(
    _ files: [(String, [UInt8])], unpacked: String? = nil, unpackedFiles: [String] = [],
    _ body: (FileServer, NamedDataSet, DataCache) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let served = folder + "/served"
      try FileManager.default.createDirectory(
        atPath: served, withIntermediateDirectories: true)
      for (name, contents) in files { try write(contents, to: "\(served)/\(name)") }
      let server = try FileServer(serving: served, workFolder: folder)
      let dataSet = NamedDataSet(
        name: "little", summary: "a little one",
        files: files.map {
          RemoteFile(name: $0.0, byteCount: $0.1.count, sha256: digest($0.1))
        },
        mirrors: ["\(server.address)/missing/", "\(server.address)/good/"],
        unpackedFolder: unpacked, unpackedFiles: unpackedFiles)
      try body(server, dataSet, DataCache(folder: folder + "/cache"))
    }
  }

  private let plain: [(String, [UInt8])] = [("a.gz", [1, 2, 3]), ("b.gz", [4, 5])]

  @Test func fetchesOnce() throws {
    try withServer(plain) { server, dataSet, cache in
      #expect(cache.state(of: dataSet) == .absent)
      var notes: [String] = []
      let folder = try cache.fetch(dataSet) { notes.append($0) }
      #expect(folder == cache.folder + "/little")
      #expect(try bytes(of: folder + "/a.gz") == [1, 2, 3])
      #expect(notes.count == 4 && notes[1].hasPrefix("fetching \(server.address)/good/a.gz"))
      #expect(cache.state(of: dataSet) == .complete)
      let requests = server.requests.count
      #expect(try cache.fetch(dataSet) == folder)
      #expect(server.requests.count == requests)
      try cache.verify(dataSet)

      // Damage is found, and mended once the file is gone.
      try write([4, 6], to: folder + "/b.gz")
      let error = try #require(throws: FetchError.self) { try cache.verify(dataSet) }
      #expect(error.fact == .damaged(paths: [folder + "/b.gz"]))
      try FileManager.default.removeItem(atPath: folder + "/b.gz")
      #expect(cache.state(of: dataSet) == .partial)
      try cache.fetch(dataSet)
      try cache.verify(dataSet)
    }
  }

  /// Many at once: one fetches, the others wait.
  @Test func severalFetchOnce() throws {
    try withServer(plain) { server, dataSet, cache in
      DispatchQueue.concurrentPerform(iterations: 6) { _ in
        #expect(throws: Never.self) { try cache.fetch(dataSet) }
      }
      #expect(server.requests.filter { $0.hasPrefix("/good/") } == ["/good/a.gz", "/good/b.gz"])
    }
  }

  @Test func filesThatAUserPlacedThereCount() throws {
    try withServer(plain) { server, dataSet, cache in
      let folder = cache.folder + "/little"
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      try write([1, 2, 3], to: folder + "/a.gz")
      // As long, but another one.
      try write([4, 4], to: folder + "/b.gz")
      try FileManager.default.createDirectory(
        atPath: folder + "/.lock-none", withIntermediateDirectories: true)
      try FileManager.default.removeItem(atPath: folder + "/b.gz")
      try cache.fetch(dataSet)
      #expect(!server.requests.contains { $0.hasSuffix("a.gz") })
      try cache.verify(dataSet)
    }
  }

  @Test func saysWhatToPlaceWhere() throws {
    try withServer(plain) { server, dataSet, cache in
      let offLine = NamedDataSet(
        name: "little", summary: "", files: dataSet.files,
        mirrors: ["\(server.address)/missing/", "http://127.0.0.1:1/"])
      let text = try #require(message { try cache.fetch(offLine) })
      #expect(text.hasPrefix("little is not here yet and cannot be fetched ("))
      #expect(text.contains("/missing/a.gz: ") && text.contains("http://127.0.0.1:1/a.gz: "))
      #expect(
        text.hasSuffix("; place a.gz, b.gz in \(cache.folder)/little, or try again on-line"))
      #expect(text.split(whereSeparator: \.isNewline).count == 1)
    }
  }

  private func archive(_ members: [(String, [UInt8])], type: Character = "0") -> [UInt8] {
    var archive = TarArchive()
    archive.add("inner/", [], type: "5")
    for (name, contents) in members { archive.add(name, contents, type: type) }
    archive.end()
    return gzip(archive.bytes)
  }

  /// A gzip file with contents of any length, in members of stored blocks.
  private func gzip(_ bytes: [UInt8]) -> [UInt8] {
    stride(from: 0, to: bytes.count, by: 255).flatMap {
      gzipMember(Array(bytes[$0..<min($0 + 255, bytes.count)]))
    }
  }

  @Test func unpacksArchives() throws {
    let members: [(String, [UInt8])] = [
      ("inner/train.bin", [1, 2, 3]), ("./inner/more/test.bin", Array(repeating: 7, count: 5000)),
      ("outside.txt", [9]),
    ]
    let files = [("little.tar.gz", archive(members))]
    try withServer(files, unpacked: "inner", unpackedFiles: ["train.bin"]) {
      server, dataSet, cache in
      let folder = try cache.fetch(dataSet)
      #expect(folder == cache.folder + "/little/inner")
      #expect(
        try FileManager.default.subpathsOfDirectory(atPath: cache.folder).sorted() == [
          "little", "little/.lock", "little/inner", "little/inner/SHA256SUMS",
          "little/inner/more", "little/inner/more/test.bin", "little/inner/train.bin",
        ])
      #expect(try bytes(of: folder + "/more/test.bin") == Array(repeating: 7, count: 5000))
      #expect(cache.state(of: dataSet) == .complete)
      try cache.verify(dataSet)
      let requests = server.requests.count
      try cache.fetch(dataSet)
      #expect(server.requests.count == requests)
      try write([1, 2, 4], to: folder + "/train.bin")
      #expect(throws: FetchError.self) { try cache.verify(dataSet) }
    }
  }

  @Test(
    arguments: [
      "../evil", "/etc/evil", "inner/../../evil", "inner/..", "inner//x", "..",
      "inner/a/../../../b",
    ]) func pathsThatLeaveTheFolderAreRefused(path: String) throws
  {
    let files = [("little.tar.gz", archive([("inner/train.bin", [1]), (path, [2])]))]
    try withServer(files, unpacked: "inner", unpackedFiles: ["train.bin"]) { _, dataSet, cache in
      let error = try #require(throws: FetchError.self) { try cache.fetch(dataSet) }
      guard case .refusedArchive(_, let problem) = error.fact else {
        Issue.record("\(error)")
        return
      }
      #expect(problem.contains("leads out of its folder"))
      #expect(
        try FileManager.default.subpathsOfDirectory(atPath: cache.folder).sorted()
          == ["little", "little/.lock", "little/little.tar.gz"])
    }
  }

  /// Links are passed over: nothing is written through one.
  @Test func linksAreNotMade() throws {
    let files = [
      ("little.tar.gz", archive([("inner/link", [])], type: "2"))
    ]
    try withServer(files, unpacked: "inner", unpackedFiles: ["train.bin"]) { _, dataSet, cache in
      let text = try #require(message { try cache.fetch(dataSet) })
      #expect(text.contains("it has no files in \"inner\""))
    }
  }

  @Test func archivesThatGrowTooMuchAreRefused() throws {
    // 100,000 zeros take far less than an eighth of that; Python's gzip wrote them.
    let zeros: [UInt8] = archive([("inner/train.bin", Array(repeating: 0, count: 100_000))])
    let packed = try compressed(zeros)
    try withServer([("little.tar.gz", packed)], unpacked: "inner", unpackedFiles: ["train.bin"]) {
      _, dataSet, cache in
      let text = try #require(message { try cache.fetch(dataSet) })
      #expect(text.contains("it is of more than \(8 * packed.count) bytes"))
    }
  }

  /// The same contents in one deflated member.
  private func compressed(_ gzip: [UInt8]) throws -> [UInt8] {
    try withTemporaryFolder { folder in
      try write(gzip, to: folder + "/a.gz")
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", "gzip -dc '\(folder)/a.gz' | gzip -c > '\(folder)/b.gz'"]
      try process.run()
      process.waitUntilExit()
      return try bytes(of: folder + "/b.gz")
    }
  }

  @Test func namesAreKnown() throws {
    #expect(NamedDataSet.all.map(\.name) == ["mnist", "fashion-mnist", "cifar-10", "cifar-100"])
    #expect(NamedDataSet.named("CIFAR-10")?.name == "cifar-10")
    #expect(
      message { _ = try NamedDataSet.require("imagenet") }
        == "there is no data set \"imagenet\"; there are mnist, fashion-mnist, cifar-10, cifar-100")
    for dataSet in NamedDataSet.all {
      for file in dataSet.files { #expect(file.sha256.count == 64 && file.byteCount > 1000) }
      #expect(dataSet.mirrors.allSatisfy { $0.hasPrefix("http") && $0.hasSuffix("/") })
    }
  }
}

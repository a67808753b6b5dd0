import Foundation
import TandemProcess
import TandemTensor
import TestSupport
import Testing

@Suite struct PathBytesTests {
  private func bytes(_ text: String) -> [UInt8] {
    PathBytes.bytes(text).dropLast().map { UInt8(bitPattern: $0) }
  }

  @Test func utf8StaysText() {
    for text in ["run/données", "数据集", "🙂", "cafe\u{301}", ""] {
      #expect(PathBytes.text(Array(text.utf8)) == text)
      #expect(bytes(text) == Array(text.utf8))
    }
  }

  /// Latin-1, a sequence that is cut off, an overlong one, a surrogate, bytes that UTF-8 never has,
  /// and the characters themselves that stand for bytes.
  @Test(arguments: [
    [0x64, 0xE9, 0x65], [0xE2, 0x82], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF, 0x61, 0xFE],
    [0xF4, 0x8F, 0xBF, 0xA9], [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBD, 0xBF],
    [0xF0, 0x9F, 0x99, 0x82, 0x80],
  ])
  func anyBytesComeBack(path: [UInt8]) {
    #expect(bytes(PathBytes.text(path)) == path)
  }

  @Test func randomBytesComeBack() {
    var random = CounterRandom(seed: 3, purpose: .test).sequence(0)
    let interesting: [UInt8] = [0x2F, 0x61, 0x80, 0xBF, 0xC3, 0xA9, 0xE2, 0xF0, 0xF4, 0x8F, 0xBF]
    for _ in 0..<5000 {
      let path = (0..<Int.random(in: 0...9, using: &random)).map { _ in
        interesting[Int.random(in: 0..<interesting.count, using: &random)]
      }
      #expect(bytes(PathBytes.text(path)) == path)
    }
  }

  @Test func differentBytesAreDifferentTexts() {
    #expect(PathBytes.text([0xE9]) != PathBytes.text([0xE8]))
    #expect(PathBytes.text([0x61, 0xE9]).escaped == "a\\xE9")
  }
}

@Suite struct FileSystemTests {
  /// A name in Latin-1.
  private let name = PathBytes.text([0x64, 0x6F, 0x6E, 0x6E, 0xE9, 0x65, 0x73])

  @Test func pathsNeedNotBeUTF8() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/" + name
      #expect(!FileSystem.exists(path))
      #expect(FileSystem.makeFolder(path) == 0)
      #expect(FileSystem.isFolder(path))
      #expect(try FileSystem.names(inFolder: folder) == [name])
      try AtomicFile.write(Data("contents".utf8), to: path + "/" + name)
      try AtomicFile.write(Data("others".utf8), to: path + "/" + name)
      #expect(try FileSystem.names(inFolder: path) == [name])
      #expect(
        try MappedFile(path: path + "/" + name).withBytes { Array($0) } == Array("others".utf8))
      #expect(FileSystem.makeLink(path + "/link", to: name) == 0)
      #expect(FileSystem.target(ofLink: path + "/link") == name)
      #expect(FileSystem.realPath(path + "/link")?.hasSuffix("/\(name)/\(name)") == true)
      #expect(FileSystem.status(path + "/link", followsLinks: false)?.isRegularFile == false)
      #expect(FileSystem.rename(path + "/" + name, to: path + "/other") == 0)
      #expect(FileSystem.access(path + "/other", R_OK) == 0)
      #expect(FileSystem.unlink(path + "/link") == 0)
      try FileSystem.remove(path)
      #expect(try FileSystem.names(inFolder: folder) == [])
      try FileSystem.remove(path)
    }
  }

  @Test func archivesNeedNotHaveUTF8Names() throws {
    try withTemporaryFolder { folder in
      let array = NumPyArray(shape: [2], storage: .int32([5, 7]))
      try NumPyArchive.write([("a", array)], to: folder + "/\(name).npz")
      #expect(try NumPyArchive(contentsOf: folder + "/\(name).npz").array(named: "a") == array)
      try array.write(to: folder + "/\(name).npy")
      #expect(try NumPyArray(contentsOf: folder + "/\(name).npy") == array)
    }
  }

  @Test func removesLinksAndNotWhatTheyLeadTo() throws {
    try withTemporaryFolder { folder in
      #expect(FileSystem.makeFolder(folder + "/kept") == 0)
      try AtomicFile.write(Data(), to: folder + "/kept/file")
      #expect(FileSystem.makeFolder(folder + "/gone") == 0)
      #expect(FileSystem.makeLink(folder + "/gone/link", to: folder + "/kept") == 0)
      try FileSystem.remove(folder + "/gone")
      #expect(try FileSystem.names(inFolder: folder) == ["kept"])
      #expect(FileSystem.exists(folder + "/kept/file"))
    }
  }

  @Test func missingFolderIsAnError() {
    #expect(throws: FileError.cannotRead(path: "/nonexistent", code: ENOENT)) {
      try FileSystem.names(inFolder: "/nonexistent")
    }
  }

  @Test(arguments: [
    ("a/b/c", "a/b", "c"), ("a/b/", "a", ""), ("a", ".", "a"), ("/a", "/", "a"), ("/", "/", ""),
    ("//", "/", ""), ("a//b", "a", "b"), ("./a", ".", "a"), ("a/\u{301}b", "a", "\u{301}b"),
  ])
  func partsOfPaths(path: String, parent: String, name: String) {
    #expect(FileSystem.parent(of: path) == parent)
    #expect(FileSystem.name(of: path).unicodeScalars.elementsEqual(name.unicodeScalars))
  }
}

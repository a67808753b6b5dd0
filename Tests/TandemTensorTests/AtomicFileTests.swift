import Foundation
import TandemTensor
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  @Test func replacesContents() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try AtomicFile.write(Data("first".utf8), to: path)
      try AtomicFile.write(to: path) { writer in
        try writer.write("second, ")
        try writer.write(Data("with two pieces".utf8))
      }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "second, with two pieces")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }
  }

  /// Pieces below, at and above the size of the buffer arrive whole and in order.
  @Test func writesPiecesOfAllSizes() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      var expected: [UInt8] = []
      try AtomicFile.write(to: path) { writer in
        for (index, size) in [0, 1, 65_535, 1, 65_536, 65_537, 3, 300_000, 7].enumerated() {
          let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
          expected += piece
          try piece.withUnsafeBytes { try writer.write($0) }
        }
      }
      #expect(try bytes(of: path) == expected)
    }
  }

  @Test func leavesExistingFileUntouchedWhenTheBodyThrows() throws {
    struct Interruption: Error {}
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try AtomicFile.write(Data("old".utf8), to: path)
      #expect(throws: Interruption.self) {
        try AtomicFile.write(to: path) { writer in
          try writer.write(String(repeating: "x", count: 1 << 20))
          throw Interruption()
        }
      }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }
  }

  @Test func keepsPermissionsAndSymbolicLinks() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try AtomicFile.write(Data("old".utf8), to: path)
      chmod(path, 0o640)
      symlink("file", folder + "/link")
      try AtomicFile.write(Data("new".utf8), to: folder + "/link")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
      var status = stat()
      #expect(lstat(folder + "/link", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
    }
  }

  @Test func reportsMissingFolder() {
    let error = message { try AtomicFile.write(Data(), to: "/nonexistent/folder/file") }
    #expect(
      error == "cannot write /nonexistent/folder/file: no such file or directory; "
        + "create the folder first, or write to another one")
  }

  @Test func reportsFolderInPlaceOfFile() throws {
    try withTemporaryFolder { folder in
      #expect(throws: FileError.cannotWrite(path: folder, code: EISDIR)) {
        try AtomicFile.write(Data("x".utf8), to: folder)
      }
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "no /dev/full"))
  func reportsFullDisk() {
    let error = message { try AtomicFile.write(Data("x".utf8), to: "/dev/full") }
    #expect(
      error == "cannot write /dev/full: no space left on device; "
        + "free some space, or write to another disk")
    #expect(FileManager.default.fileExists(atPath: "/dev/full"))
  }

  /// The superuser may write read-only files, so this proves nothing for it.
  @Test(.enabled(if: getuid() != 0, "the superuser has all permissions"))
  func doesNotReplaceReadOnlyFile() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try AtomicFile.write(Data("old".utf8), to: path)
      chmod(path, 0o444)
      #expect(throws: FileError.cannotWrite(path: path, code: EACCES)) {
        try AtomicFile.write(Data("new".utf8), to: path)
      }
    }
  }
}

import Foundation
import TandemTensor
import TestSupport
import Testing

@Suite struct FileErrorTests {
  /// Memory and descriptors that are short are no fault of a disk.
  @Test(arguments: [
    (ENOENT, "no such file or directory; check the path"),
    (ENOMEM, "cannot allocate memory; end other programs, or raise the limit on memory"),
    (EMFILE, "too many open files; raise the limit on open files ('ulimit -n')"),
    (EIO, "input/output error; check the disk"),
  ])
  func readingSaysWhatIsWrong(code: Int32, words: String) {
    let error = FileError.cannotRead(path: "x.npy", code: code)
    #expect(error.description == "cannot read x.npy: \(words)")
  }

  @Test func aFileHasItsFirstBytesAndItsSize() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try write([1, 2, 3], to: path)
      let file = try RegularFile(path: path)
      #expect(file.byteCount == 3)
      #expect(try file.prefix(2) == [1, 2])
      #expect(try file.prefix(9) == [1, 2, 3])
      #expect(throws: FileError.cannotRead(path: folder, code: EISDIR)) {
        try RegularFile(path: folder)
      }
      #expect(throws: FileError.notARegularFile(path: "/dev/null")) {
        try RegularFile(path: "/dev/null")
      }
      let pipe = folder + "/pipe"
      try #require(mkfifo(pipe, 0o600) == 0)
      #expect(throws: FileError.notARegularFile(path: pipe)) { try RegularFile(path: pipe) }
    }
  }
}

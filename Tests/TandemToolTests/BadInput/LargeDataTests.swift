import Foundation
import Tandem
import TestSupport
import Testing

/// Files of data that claim more memory than the process may have: one line that says how much that
/// is, and how much there is, before any of it is taken. Files have holes or no elements, so that
/// they are small.
@Suite(.serialized) struct LargeDataTests {
  private static let limit = 1_500_000
  private static let gibibyte = 1 << 30

  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// - Parameter purpose: what there is no memory for.
  private func expectRefusal(
    of line: String, purpose: String, remedy: String = "use a smaller file",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let run = try ToolRun(
      line.split(separator: " ").map(String.init),
      shell: "ulimit -v \(Self.limit) && exec \"$@\"", sourceLocation: sourceLocation)
    run.expectFailure(
      naming: "no memory for the \(purpose): ", " MiB are needed and ",
      " MiB are left of the 1464 MiB of address space that 'ulimit -v \(Self.limit)' allows",
      remedy,
      sourceLocation: sourceLocation)
    #expect(run.exitCode == 1, sourceLocation: sourceLocation)
    #expect(run.errorLines.count == 1, "\(run.standardError)", sourceLocation: sourceLocation)
  }

  private func header(_ shape: String) -> [UInt8] {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
  }

  /// A file that has nothing but a hole behind its start.
  private func write(_ start: [UInt8], holeBytes: Int, to name: String) throws -> String {
    let path = try folder.write(start, to: name)
    try #require(truncate(path, off_t(start.count + holeBytes)) == 0)
    return path
  }

  @Test func archiveOfArrays() throws {
    let arrays = ["train", "test"].flatMap { part in
      [
        UnfinishedArray(name: "x_\(part)", type: "|u1", shape: [2 << 10, 1 << 10, 1 << 10]),
        UnfinishedArray(name: "y_\(part)", type: "|u1", shape: [2 << 10]),
      ]
    }
    let path = try folder.write(UnfinishedArray.archive(arrays), to: "large.npz")
    try expectRefusal(of: "train --model mlp --data \(path)", purpose: "images of \(path)")
  }

  @Test func arrayInAFolder() throws {
    let small = NumPyArray(shape: [2], storage: .uint8([0, 1]))
    try FileManager.default.createDirectory(
      atPath: folder.path("arrays"), withIntermediateDirectories: false)
    for name in ["y_train", "x_test", "y_test"] {
      try small.write(to: folder.path("arrays/\(name).npy"))
    }
    let path = try write(
      header("(2, 16384, 16384)"), holeBytes: 2 * Self.gibibyte, to: "arrays/x_train.npy")
    try expectRefusal(
      of: "train --model mlp --data \(folder.path("arrays"))", purpose: "contents of \(path)")
  }

  @Test func compressedIDXFile() throws {
    let data = try IDXFolder(in: folder)
    let images = 1 << 20
    for (file, extents) in zip(IDXFolder.files, [[images, 64, 64], [images], [20, 64, 64]]) {
      let start = IDXFolder.header(0x0800 + UInt32(extents.count), extents)
      let elements = extents.reduce(1, *)
      let count = UInt8(start.count + 100)
      // A stored block, and then nothing that could be unpacked.
      let block = [0, count, 0, ~count, 0xFF] + start + [UInt8](repeating: 0, count: 100)
      try data.write(
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + block
          + [UInt8](repeating: 0xFF, count: elements / 1000), to: file)
    }
    try expectRefusal(
      of: "train --model mlp --data \(data.path)", purpose: "images of \(data.path)")
  }

  @Test func recordsOfCIFAR10() throws {
    let data = try CIFARFolder(in: folder, train: [20], test: 10)
    let path = folder.path("cifar-10-batches-bin")
    try #require(truncate(path + "/data_batch_1.bin", 3073 * 350_000) == 0)
    try expectRefusal(of: "train --model mlp --data \(path)", purpose: "images of \(path)")
    _ = data
  }

  @Test func generatedImages() throws {
    try expectRefusal(
      of: "train --model mlp --data shapes:5000000,10", purpose: "images of shapes:5000000,10",
      remedy: "ask for fewer images")
  }

  @Test func inputOfPredict() throws {
    let run = folder.path("run")
    try ToolRun("train --model mlp --data shapes:50,20 --epochs 1 --output \(run)").expectSuccess()
    // Fits as it is, but not beside what becomes of it.
    let path = try write(
      header("(300000, 24, 24)"), holeBytes: 4 * 300_000 * 576, to: "input.npy")
    try expectRefusal(
      of: "predict --weights \(run) --input \(path) --output \(folder.path("y.npy"))",
      purpose: "images of \(path)")
  }
}

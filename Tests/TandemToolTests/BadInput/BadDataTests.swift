import Foundation
import Tandem
import Testing

/// Data sets that are missing, cut off, damaged or lying. Each case ends before anything is
/// written: the output folder of an earlier run, given with --overwrite, stays as it was.
@Suite(.serialized) struct BadDataTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ToolRun(
      "train --model mlp --data shapes:50,20 --epochs 1 --output \(folder.path("output"))"
    ).expectSuccess()
  }

  private func expectRefusal(
    of data: String, naming parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try folder.expectRefusal(
      of:
        "train --model mlp --data \(data) --epochs 1 --output \(folder.path("output")) --overwrite",
      naming: parts, sourceLocation: sourceLocation)
  }

  @Test func missingFolder() throws {
    let path = folder.path("nowhere")
    try expectRefusal(of: path, naming: path, "no such file or folder", "shapes")
  }

  @Test func folderWithoutKnownFiles() throws {
    try folder.write([1, 2, 3], to: "photos/cat.jpg")
    try expectRefusal(of: folder.path("photos"), naming: "photos", "train-images-idx3-ubyte")
  }

  @Test(arguments: IDXFolder.files)
  func missingFile(_ file: String) throws {
    let data = try IDXFolder(in: folder)
    try FileManager.default.removeItem(atPath: "\(data.path)/\(file)")
    try expectRefusal(of: data.path, naming: data.path, file, "missing")
  }

  @Test(arguments: IDXFolder.files)
  func truncatedFile(_ file: String) throws {
    let data = try IDXFolder(in: folder)
    try data.write(Array(data.bytes(of: file).dropLast(5)), to: file)
    try expectRefusal(of: data.path, naming: "\(data.path)/\(file)", "cut off")
  }

  @Test(arguments: IDXFolder.files)
  func truncatedHeader(_ file: String) throws {
    let data = try IDXFolder(in: folder)
    try data.write(Array(data.bytes(of: file).prefix(6)), to: file)
    try expectRefusal(of: data.path, naming: "\(data.path)/\(file)", "header")
  }

  @Test func emptyFile() throws {
    let data = try IDXFolder(in: folder)
    try data.write([], to: IDXFolder.files[0])
    try expectRefusal(of: data.path, naming: IDXFolder.files[0], "header")
  }

  @Test(arguments: IDXFolder.files)
  func wrongMagic(_ file: String) throws {
    let data = try IDXFolder(in: folder)
    var bytes = try data.bytes(of: file)
    bytes[2] = 0x0D
    try data.write(bytes, to: file)
    try expectRefusal(of: data.path, naming: "\(data.path)/\(file)", "0x00000d0")
  }

  @Test func headerThatClaimsMoreThanTheFileHas() throws {
    let data = try IDXFolder(in: folder)
    let file = IDXFolder.files[0]
    let pixels = Array(try data.bytes(of: file).dropFirst(16))
    try data.write(IDXFolder.header(0x0803, [41, 8, 8]) + pixels, to: file)
    try expectRefusal(of: data.path, naming: "\(data.path)/\(file)", "2624", "2560")
  }

  @Test func headerThatClaimsMoreThanAnyMachineHas() throws {
    let data = try IDXFolder(in: folder)
    let file = IDXFolder.files[0]
    let extents = [Int(UInt32.max), Int(UInt32.max), Int(UInt32.max)]
    try data.write(IDXFolder.header(0x0803, extents) + [1, 2, 3], to: file)
    try expectRefusal(of: data.path, naming: "\(data.path)/\(file)")
  }

  @Test func differentNumbersOfImagesAndLabels() throws {
    let data = try IDXFolder(in: folder)
    let labels = [UInt8](repeating: 1, count: 39)
    try data.write(IDXFolder.header(0x0801, [39]) + labels, to: IDXFolder.files[1])
    try expectRefusal(of: data.path, naming: data.path, "40 images", "39 labels")
  }

  @Test func labelOutOfRange() throws {
    let data = try IDXFolder(in: folder)
    var bytes = try data.bytes(of: IDXFolder.files[1])
    bytes[8 + 17] = 200
    try data.write(bytes, to: IDXFolder.files[1])
    try expectRefusal(
      of: data.path, naming: "\(data.path)/\(IDXFolder.files[1])", "label 200", "image 17")
  }

  @Test func noSamples() throws {
    let data = try IDXFolder(in: folder, train: 0)
    try expectRefusal(of: data.path, naming: IDXFolder.files[0], "no images")
    let other = try IDXFolder(in: folder, name: "no-test", test: 0)
    try expectRefusal(of: other.path, naming: IDXFolder.files[2], "no images")
  }

  @Test func damagedGzip() throws {
    let data = try IDXFolder(in: folder)
    let file = IDXFolder.files[0]
    try FileManager.default.removeItem(atPath: "\(data.path)/\(file)")
    try data.write([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 4, 5], to: file + ".gz")
    try expectRefusal(of: data.path, naming: "\(file).gz")
  }

  @Test func archiveWithOtherNames() throws {
    let path = folder.path("wrong.npz")
    let array = NumPyArray(shape: [2, 4, 4], storage: .uint8(Array(repeating: 0, count: 32)))
    try NumPyArchive.write([("images", array), ("labels", array)], to: path)
    try expectRefusal(of: path, naming: path, "x_train")
  }

  @Test func archiveWithLabelsOutOfRange() throws {
    let path = folder.path("labels.npz")
    let images = NumPyArray(shape: [2, 4, 4], storage: .uint8(Array(repeating: 0, count: 32)))
    let good = NumPyArray(shape: [2], storage: .int64([0, 1]))
    let bad = NumPyArray(shape: [2], storage: .int64([0, -7]))
    try NumPyArchive.write(
      [("x_train", images), ("y_train", bad), ("x_test", images), ("y_test", good)], to: path)
    try expectRefusal(of: path, naming: path, "label -7", "image 1")
  }

  @Test func truncatedArchive() throws {
    let path = folder.path("short.npz")
    let array = NumPyArray(shape: [2, 4, 4], storage: .uint8(Array(repeating: 0, count: 32)))
    try NumPyArchive.write([("x_train", array), ("y_train", array)], to: path)
    let bytes = try Data(contentsOf: URL(filePath: path))
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: path))
    try expectRefusal(of: path, naming: path)
  }

  @Test func malformedGenerator() throws {
    try expectRefusal(of: "shapes:0,10", naming: "shapes:0,10")
    try expectRefusal(of: "shapes:ten", naming: "shapes:ten")
  }

  @Test func imagesTooSmallForTheNetwork() throws {
    let data = try IDXFolder(in: folder, side: 2)
    let run = try ToolRun("train --model mnist-cnn --data \(data.path) --epochs 1")
    run.expectFailure(naming: "mnist-cnn", "conv1", "[1, 2, 2]")
    #expect(run.errorLines.count == 1)
  }
}

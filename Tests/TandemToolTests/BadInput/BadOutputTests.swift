import Foundation
import Tandem
import Testing

/// Output that cannot be written. What was there before stays as it was.
@Suite(.serialized) struct BadOutputTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ToolRun(
      "train --model mlp --data shapes:50,20 --epochs 1 --output \(folder.path("run"))"
    ).expectSuccess()
  }

  /// Files may grow to 16 KiB only and writing more fails as on a full disk: works for every user.
  private static let smallFiles = "ulimit -f 32; exec \"$@\""

  private func predictArguments(output: String) throws -> [String] {
    let input = folder.path("input.npy")
    try NumPyArray(shape: [1, 24, 24], storage: .uint8(Array(repeating: 7, count: 576)))
      .write(to: input)
    return ["predict", "--weights", folder.path("run"), "--input", input, "--output", output]
  }

  @Test func folderBelowAFile() throws {
    let file = try folder.write([1], to: "file")
    let run = try ToolRun(
      "train --model mlp --data shapes:50,20 --epochs 1 --output \(file)/run")
    run.expectFailure(naming: file, "not a directory")
    #expect(run.errorLines.count == 1)
    #expect(FileManager.default.contents(atPath: file) == Data([1]))
  }

  /// Root may write anywhere, so this says something only for others.
  @Test(.enabled(if: getuid() != 0, "root may write to any folder"))
  func folderWithoutPermission() throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("locked"), withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o555])
    try ToolRun(
      "train --model mlp --data shapes:50,20 --epochs 1 --output \(folder.path("locked/run"))"
    ).expectFailure(naming: folder.path("locked"))
  }

  @Test func folderOfAnotherRun() throws {
    let before = try folder.contents()
    let run = try ToolRun(
      "train --model mlp --data shapes:50,20 --epochs 1 --output \(folder.path("run"))")
    run.expectFailure(naming: folder.path("run"), "--resume", "--overwrite")
    #expect(run.errorLines.count == 1)
    #expect(try folder.contents() == before)
  }

  @Test func checkpointThatDoesNotFitOnTheDisk() throws {
    let checkpoint = folder.path("run/checkpoint-last")
    func model() -> Data? {
      FileManager.default.contents(atPath: "\(checkpoint)/model.safetensors")
    }
    let before = model()
    let run = try ToolRun(
      [
        "train", "--model", "mlp", "--data", "shapes:50,20", "--epochs", "2", "--resume",
        folder.path("run"),
      ], shell: Self.smallFiles)
    #expect(run.exitCode > 0)
    let errors = run.errorLines.filter { $0.hasPrefix("tandem: error: ") }
    #expect(errors.count == 1, "\(run.standardError)")
    #expect(errors.first?.contains(folder.path("run")) == true, "\(run.standardError)")
    #expect(before != nil && model() == before)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("run"))
    #expect(!names.contains { $0.contains("partial") || $0.hasPrefix(".") }, "\(names)")
  }

  @Test func predictionThatDoesNotFitOnTheDisk() throws {
    let output = try folder.write([1, 2, 3], to: "output.npy")
    let arguments = try predictArguments(output: output)
    let input = folder.path("input.npy")
    // 3 logits of 4 bytes for each image: more than 16 KiB.
    try NumPyArray(shape: [2000, 24, 24], storage: .uint8(Array(repeating: 7, count: 2000 * 576)))
      .write(to: input)
    let before = try folder.contents()
    let run = try ToolRun(arguments, shell: Self.smallFiles)
    run.expectFailure(naming: output)
    #expect(run.errorLines.count == 1)
    #expect(try folder.contents() == before)
  }

  /// The real thing, where a small file system can be mounted for one process.
  @Test(.enabled(if: Self.canMount, "needs permission to mount a file system"))
  func fullDisk() throws {
    let disk = folder.path("disk")
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
    let run = try ToolRun(
      [
        "train", "--model", "mlp", "--data", "shapes:50,20", "--epochs", "1", "--output",
        "\(disk)/run",
      ],
      shell:
        "exec \(Self.unshare) sh -c 'mount -t tmpfs -o size=64k none \(disk) && exec \"$@\"' sh \"$@\""
    )
    #expect(run.exitCode > 0)
    let errors = run.errorLines.filter { $0.hasPrefix("tandem: error: ") }
    #expect(errors.count == 1, "\(run.standardError)")
    #expect(errors.first?.contains("\(disk)/run") == true, "\(run.standardError)")
    #expect(errors.first?.contains("o space left") == true, "\(run.standardError)")
  }

  private static let unshare = "unshare --user --map-root-user --mount"

  private static let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "\(unshare) mount -t tmpfs none /mnt"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  @Test func predictionIntoAMissingFolder() throws {
    let output = folder.path("missing/output.npy")
    try ToolRun(try predictArguments(output: output)).expectFailure(naming: output)
    #expect(!FileManager.default.fileExists(atPath: folder.path("missing")))
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func resultThatDoesNotFitOnTheDisk() throws {
    let run = try ToolRun(["summary", "lenet", "--json"], shell: "exec \"$@\" > /dev/full")
    run.expectFailure(naming: "standard output")
  }
}

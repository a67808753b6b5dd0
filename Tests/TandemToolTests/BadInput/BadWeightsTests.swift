import Foundation
import Tandem
import Testing

/// Checkpoints and weights that are damaged, or belong to something else.
@Suite(.serialized) struct BadWeightsTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ToolRun(
      "train --model lenet --data shapes:50,20 --epochs 1 --output \(folder.path("run"))"
    ).expectSuccess()
  }

  private func expectRefusal(
    _ line: String, naming parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try folder.expectRefusal(of: line, naming: parts, sourceLocation: sourceLocation)
  }

  @Test func checkpointOfAnotherNetwork() throws {
    try expectRefusal(
      "train --model mlp --data shapes:50,20 --epochs 2 --resume \(folder.path("run"))",
      naming: folder.path("run"), "lenet", "mlp")
  }

  @Test func checkpointOfOtherData() throws {
    try expectRefusal(
      "train --model lenet --data shapes:70,20 --epochs 2 --resume \(folder.path("run"))",
      naming: folder.path("run"), "50", "70")
  }

  @Test func checkpointOfAFinishedRun() throws {
    try expectRefusal(
      "train --model lenet --data shapes:50,20 --epochs 1 --resume \(folder.path("run"))",
      naming: folder.path("run"), "--epochs")
  }

  @Test func noCheckpoint() throws {
    try folder.write([], to: "empty/note.txt")
    try expectRefusal(
      "train --model lenet --data shapes:50,20 --epochs 2 --resume \(folder.path("empty"))",
      naming: folder.path("empty"), "checkpoint")
  }

  @Test func weightsOfAnotherNetwork() throws {
    for command in ["evaluate --data shapes:50,20", "train --data shapes:50,20 --epochs 1"] {
      try expectRefusal(
        "\(command) --model mlp --weights \(folder.path("run"))", naming: folder.path("run"), "mlp",
        "dense")
    }
  }

  /// All that differs is said in one line, or in a warning each.
  @Test func weightsForAnotherNumberOfClasses() throws {
    var tensors = try SafeTensorsFile.read(
      folder.path("run/checkpoint-last/model.safetensors")
    ).tensors
    let last = try #require(
      tensors.filter { $0.value.shape.rank == 1 && $0.value.shape[0] == 3 }.keys.first)
    tensors[last] = Tensor(repeating: 0, shape: [10])
    tensors["other"] = Tensor(repeating: 0, shape: [1])
    let first = try #require(tensors.keys.sorted().first)
    tensors[first] = nil
    try SafeTensorsFile(tensors: tensors).write(to: folder.path("w.safetensors"))
    let line =
      "train --model lenet --data shapes:50,20 --epochs 1 --weights "
      + folder.path("w.safetensors")
    let parts = ["w.safetensors", "\(last) [10] instead of [3]", "other", first]
    try folder.expectRefusal(
      of: line, naming: parts + ["lenet", "missing", "extra", "mis-shaped", "--weights-strict off"])

    let run = try ToolRun(line + " --weights-strict off")
    run.expectSuccess()
    for part in parts {
      #expect(
        run.errorLines.count { $0.contains("warning") && $0.contains(part) } >= 1,
        "\(run.standardError)")
    }
  }

  @Test func weightsOfWhichNothingFits() throws {
    try expectRefusal(
      "train --model mlp --data shapes:50,20 --epochs 1 --weights-strict off --weights "
        + folder.path("run"), naming: folder.path("run"), "mlp", "lenet", "none fits")
  }

  /// Claims of petabytes, which would end the tool if it believed them.
  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[1125899906842624],"data_offsets":[0,4503599627370496]}}"#, 0),
    (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, 0),
    (#"{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}"#, 0),
    ("{}", 1 << 50),
  ])
  func corruptWeights(header: String, extraLength: Int) throws {
    let length = UInt64(header.utf8.count + extraLength).littleEndian
    let contents = withUnsafeBytes(of: length, Array.init) + Array(header.utf8) + [0, 0, 0, 0]
    try folder.write(contents, to: "bad.safetensors")
    try expectRefusal(
      "evaluate --model lenet --weights \(folder.path("bad.safetensors")) --data shapes:50,20",
      naming: "bad.safetensors")
  }

  @Test func weightsForOtherImages() throws {
    let data = try IDXFolder(in: folder)
    try expectRefusal(
      "evaluate --weights \(folder.path("run")) --data \(data.path)", naming: "lenet",
      "[1, 24, 24]", "[1, 8, 8]")
  }

  @Test func missingWeights() throws {
    try expectRefusal(
      "evaluate --weights \(folder.path("none")) --data shapes:50,20", naming: folder.path("none"))
  }

  @Test func truncatedWeights() throws {
    let bytes = try Data(
      contentsOf: folder.url.appending(path: "run/checkpoint-last/model.safetensors"))
    for count in [0, 4, 100, bytes.count - 4] {
      try bytes.prefix(count).write(to: folder.url.appending(path: "short.safetensors"))
      try expectRefusal(
        "evaluate --weights \(folder.path("short.safetensors")) --data shapes:50,20",
        naming: "short.safetensors")
    }
  }

  @Test func damagedCheckpointState() throws {
    try FileManager.default.removeItem(
      atPath: folder.path("run/checkpoint-last/training-state.safetensors"))
    try expectRefusal(
      "train --model lenet --data shapes:50,20 --epochs 2 --resume \(folder.path("run"))",
      naming: folder.path("run"))
  }

  /// Training that runs away stops with the step and the place, and keeps the last good checkpoint.
  @Test func divergence() throws {
    func model() -> Data? {
      FileManager.default.contents(
        atPath: folder.path("wild/checkpoint-last/model.safetensors"))
    }
    let start = "train --model mlp --data shapes:200,20 --batch-size 50 --output "
    try ToolRun(start + "\(folder.path("wild")) --epochs 1 --lr 0.01").expectSuccess()
    let before = model()
    let run = try ToolRun(
      "train --model mlp --data shapes:200,20 --batch-size 50 --epochs 50 --lr 1e30 --resume "
        + folder.path("wild"))
    #expect(run.exitCode > 0)
    let errors = run.errorLines.filter { $0.hasPrefix("tandem: error: ") }
    #expect(errors.count == 1, "\(run.standardError)")
    #expect(errors.first?.contains("step ") == true, "\(run.standardError)")
    #expect(errors.first?.contains("dense") == true, "\(run.standardError)")
    #expect(before != nil && model() == before)
  }
}

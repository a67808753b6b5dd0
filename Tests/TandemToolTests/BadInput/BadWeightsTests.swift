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

  @Test func folderWithoutWeights() throws {
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "empty"), withIntermediateDirectories: true)
    try expectRefusal(
      "evaluate --weights \(folder.path("empty")) --data shapes:50,20",
      naming: "there are no weights in the folder \(folder.path("empty"))", "checkpoint-last")
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

  /// Of any command that reads weights, and in each part of either file.
  @Test func bitsThatFlipped() throws {
    let model = "run/checkpoint-last/model.safetensors"
    let state = "run/checkpoint-last/training-state.safetensors"
    let resume = "train --model lenet --data shapes:50,20 --epochs 2 --resume \(folder.path("run"))"
    let evaluate = "evaluate --data shapes:50,20 --weights \(folder.path("run"))"
    for (name, line) in [(model, evaluate), (model, resume), (state, resume)] {
      let original = try Data(contentsOf: folder.url.appending(path: name))
      for place in [2, 8 + 40, original.count / 2, original.count - 1] {
        var copy = original
        copy[place] ^= 1 << 3
        try copy.write(to: folder.url.appending(path: name))
        try expectRefusal(line, naming: name)
      }
      try original.write(to: folder.url.appending(path: name))
    }
    try ToolRun(evaluate).expectSuccess()
  }

  @Test func valuesThatAreNotFinite() throws {
    var file = try SafeTensorsFile.read(folder.path("run/checkpoint-last/model.safetensors"))
    let name = try #require(file.tensors.keys.filter { $0.hasSuffix(".weight") }.min())
    file.tensors[name]?.elements[3] = .nan
    let path = folder.path("nan.safetensors")
    try file.write(to: path)
    try NumPyArray(shape: [1, 24, 24], storage: .uint8(Array(repeating: 7, count: 576)))
      .write(to: folder.path("x.npy"))
    for line in [
      "evaluate --data shapes:50,20 --weights \(path)",
      "predict --input \(folder.path("x.npy")) --output \(folder.path("y.npy")) --weights \(path)",
      "train --model lenet --data shapes:50,20 --epochs 1 --weights \(path)",
      "train --model lenet --data shapes:50,20 --epochs 1 --weights-strict off --weights \(path)",
    ] {
      try expectRefusal(line, naming: path, "\(name)[3] is NaN")
    }
  }

  @Test(arguments: [
    ("\"step\":1", "\"step\":-1"), ("\"step\":1", "\"step\":9223372036854775807"),
    ("\"stepInEpoch\":0", "\"stepInEpoch\":1000000"), ("\"records\":[", "\"other\":["),
    ("\"epoch\":1", "\"epoch\":-1"), ("\"images\":0", "\"images\":-5"),
    ("\"seconds\":0", "\"seconds\":NaN"), ("\"seconds\":0", "\"seconds\":1e999"),
    ("\"bytesSent\":0", "\"bytesSent\":9223372036854775807"),
  ])
  func editedCheckpoint(from: String, to: String) throws {
    let path = folder.path("run/checkpoint-last/training-state.safetensors")
    var file = try SafeTensorsFile.read(path)
    let progress = try #require(file.metadata["progress"])
    let edited = progress.replacing(from, with: to)
    #expect(edited != progress, "\(progress)")
    file.metadata["progress"] = edited
    try file.write(to: path)
    try expectRefusal(
      "train --model lenet --data shapes:50,20 --epochs 2 --resume \(folder.path("run"))",
      naming: path, "cannot be used")
  }

  @Test func prefixOfAllNames() throws {
    let file = try SafeTensorsFile.read(folder.path("run/checkpoint-last/model.safetensors"))
    let tensors = file.tensors.map { ("module.\($0.key)", $0.value) }
    let path = folder.path("ddp.safetensors")
    try SafeTensorsFile(tensors: Dictionary(uniqueKeysWithValues: tensors)).write(to: path)
    let expected = try ToolRun("evaluate --data shapes:50,20 --weights \(folder.path("run"))")
    let run = try ToolRun(
      "evaluate --model lenet --normalize statistics --data shapes:50,20 --weights \(path)")
    run.expectSuccess()
    #expect(run.standardOutput == expected.standardOutput)
    #expect(
      run.standardError
        == "tandem: warning: the names of tensors in \(path) begin with module., which is left out\n"
    )
  }

  /// As torchvision publishes them, for other classes: without heads, or with those of ImageNet.
  @Test func auxiliaryHeadsOfOtherClasses() throws {
    let options = "--model googlenet-torchvision --width 0.0625"
    func array(_ shape: Shape, _ value: (Int) -> UInt8) -> NumPyArray {
      NumPyArray(shape: shape, storage: .uint8((0..<shape.elementCount).map(value)))
    }
    let images = array([4, 64, 64, 3]) { UInt8(truncatingIfNeeded: $0 &* $0 / 7) }
    let labels = array([4]) { UInt8($0) }
    try NumPyArchive.write(
      [("x_train", images), ("y_train", labels), ("x_test", images), ("y_test", labels)],
      to: folder.path("d.npz"))
    try images.write(to: folder.path("x.npy"))
    try ToolRun(
      "train \(options) --data \(folder.path("d.npz")) --epochs 1 --batch-size 4 --output "
        + folder.path("whole")
    ).expectSuccess()
    let whole = try SafeTensorsFile.read(folder.path("whole/checkpoint-last/model.safetensors"))
      .tensors
    let without = whole.filter { !$0.key.hasPrefix("aux") }
    #expect(without.count < whole.count)
    var others = whole
    for (name, tensor) in whole where name.hasPrefix("aux") && name.contains("fc2.") {
      let extents = [1000] + tensor.shape.dimensions.dropFirst()
      others[name] = Tensor(repeating: 1, shape: Shape(extents))
    }
    var outputs: [NumPyArray] = []
    for (name, tensors) in [("whole", whole), ("without", without), ("others", others)] {
      let path = folder.path("\(name).safetensors")
      try SafeTensorsFile(tensors: tensors).write(to: path)
      let output = folder.path("\(name).npy")
      let predict = try ToolRun(
        "predict \(options) --weights \(path) --input-size 3x64x64 --num-classes 4 --input "
          + "\(folder.path("x.npy")) --output \(output)")
      predict.expectSuccess()
      outputs.append(try NumPyArray(contentsOf: output))
      let train = try ToolRun(
        "train \(options) --data \(folder.path("d.npz")) --epochs 1 --batch-size 4 --weights \(path)"
      )
      train.expectSuccess()
      for (run, fate) in [(predict, "only training uses"), (train, "keep their first values")] {
        let notes = run.errorLines.filter { $0.contains("auxiliary heads") }
        #expect(notes.count == (name == "whole" ? 0 : 1), "\(run.standardError)")
        #expect(notes.allSatisfy { $0.contains("warning: \(path)") && $0.contains(fate) })
      }
    }
    #expect(outputs[1] == outputs[0] && outputs[2] == outputs[0])
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

import Foundation
import Tandem
import TandemTraining
import Testing

/// `train --freeze`, `--unfreeze-from`, `--lr-scale` and `--head-lr`, and weights for another
/// number of classes.
@Suite(.serialized) struct FreezingOptionTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func weights(_ run: String) throws -> [String: Tensor] {
    try SafeTensorsFile.read(folder.path(run + "/checkpoint-last/model.safetensors")).tensors
  }

  private func train(_ line: String) throws -> ToolRun {
    let run = try ToolRun("train --data shapes:60,20 --epochs 1 --batch-size 20 " + line)
    run.expectSuccess()
    return run
  }

  /// A run whose network is the start of others, with 3 outputs.
  private func makeBase() throws {
    _ = try train("--model cifar-quick --output \(folder.path("base"))")
  }

  @Test func frozenLayersKeepTheirBitsAndTheRestIsTrained() throws {
    try makeBase()
    let base = folder.path("base")
    let first = try weights("base")
    let runs = [
      (
        "a", "--freeze conv1 --freeze conv2.*",
        ["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"]
      ),
      ("b", "--unfreeze-from dense1", first.keys.filter { $0.hasPrefix("conv") }),
      (
        "c", "--freeze *.bias --lr-scale conv*=0.1 --head-lr 0.05",
        first.keys.filter { $0.hasSuffix(".bias") }
      ),
    ]
    for (name, options, frozen) in runs {
      let run = try train("--weights \(base) \(options) --output \(folder.path(name))")
      let after = try weights(name)
      for (parameter, tensor) in first {
        #expect((after[parameter] == tensor) == frozen.contains(parameter), "\(name): \(parameter)")
      }
      #expect(run.standardError.contains(" more are frozen) on shapes"), "\(run.standardError)")
    }
  }

  @Test func frozenRunsAreTheSameForAllWorkersAndAfterResuming() throws {
    try makeBase()
    let line = "--weights \(folder.path("base")) --shards 2 --freeze conv1 --head-lr 0.01"
    _ = try train(line + " --workers 1 --output \(folder.path("one"))")
    _ = try train(line + " --workers 2 --output \(folder.path("two"))")
    #expect(try weights("one") == weights("two"))
    _ = try train(line + " --steps 2 --output \(folder.path("part"))")
    let resume =
      "--model cifar-quick --shards 2 --resume \(folder.path("part")) --output \(folder.path("part"))"
    try ToolRun(
      "train --data shapes:60,20 --epochs 1 --batch-size 20 " + resume + " --freeze conv2"
    ).expectFailure(naming: "frozen parameters conv1", "use the same --freeze")
    _ = try train(resume)
    #expect(try weights("part") == weights("one"))
  }

  @Test func weightsOfOtherClassesGetANewHead() throws {
    try makeBase()
    let pets = try PetFolder(in: folder)
    // By the weights' own network, and by a name.
    for model in ["", "--model cifar-quick"] {
      let run = try pets.run(
        "train --weights \(folder.path("base")) \(model) --data \(pets.path) --input-size 1x24x24 "
          + "--freeze conv* --epochs 1 --overwrite --output \(folder.path("pets-run"))")
      run.expectSuccess()
      let notes = run.errorLines.filter { $0.contains("new head keeps its first values") }
      #expect(notes.count == 1, "\(run.standardError)")
      #expect(notes.first?.contains("dense1.weight [3, 180] instead of [2, 180]") == true)
      #expect(notes.first?.contains("dense1.bias [3] instead of [2]") == true)
      let after = try weights("pets-run")
      let base = try weights("base")
      #expect(after["dense1.weight"]?.shape == [2, 180])
      #expect(after["conv3.weight"] == base["conv3.weight"])
    }
    // The same number of classes has no new head.
    let same = try train("--weights \(folder.path("base")) --output \(folder.path("same"))")
    #expect(!same.standardError.contains("new head"))
  }

  @Test func anotherMismatchStaysAnError() throws {
    try makeBase()
    var tensors = try weights("base")
    tensors["conv3.bias"] = Tensor(repeating: 0, shape: [7])
    tensors["dense1.weight"] = Tensor(repeating: 0, shape: [5, 180])
    tensors["dense1.bias"] = Tensor(repeating: 0, shape: [5])
    try SafeTensorsFile(tensors: tensors).write(to: folder.path("w.safetensors"))
    try folder.expectRefusal(
      of: "train --model cifar-quick --data shapes:60,20 --weights \(folder.path("w.safetensors"))",
      naming: ["mis-shaped: conv3.bias [7] instead of [20]", "--weights-strict off"])
    // Half a head is none.
    tensors["conv3.bias"] = Tensor(repeating: 0, shape: [20])
    tensors["dense1.bias"] = nil
    try SafeTensorsFile(tensors: tensors).write(to: folder.path("w.safetensors"))
    try folder.expectRefusal(
      of: "train --model cifar-quick --data shapes:60,20 --weights \(folder.path("w.safetensors"))",
      naming: ["missing: dense1.bias", "mis-shaped: dense1.weight [5, 180] instead of [3, 180]"])
  }

  @Test(arguments: [
    ("--freeze conv9", ["--freeze conv9 matches nothing in the network cifar-quick", "conv1"]),
    ("--unfreeze-from dens1", ["--unfreeze-from dens1 matches nothing", "did you mean dense1?"]),
    ("--lr-scale cnv2=0.1", ["--lr-scale cnv2 matches nothing", "did you mean conv2"]),
    ("--lr-scale conv1=0", ["--lr-scale", "a factor greater than 0"]),
    ("--lr-scale conv1", ["--lr-scale", "a factor greater than 0"]),
    ("--lr-scale =0.1", ["--lr-scale", "a factor greater than 0"]),
    ("--head-lr 0", ["--head-lr", "a number greater than 0"]),
    ("--freeze *", ["all parameters of the network cifar-quick are frozen", "--unfreeze-from"]),
    ("--freeze dense1 --head-lr 0.1", ["--head-lr 0.1 is about parameters that are all frozen"]),
  ])
  func nonsenseIsRefused(options: String, parts: [String]) throws {
    try folder.expectRefusal(
      of: "train --model cifar-quick --data shapes:60,20 \(options)", naming: parts)
  }
}

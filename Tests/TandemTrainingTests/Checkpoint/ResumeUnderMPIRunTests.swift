import Foundation
import TandemTensor
import TestSupport
import Testing

@Suite("Resuming with another number of ranks")
struct ResumeUnderMPIRunTests {
  /// The lines about the weights and the losses.
  private func train(ranks: Int, _ arguments: [String]) throws -> [Substring] {
    let run = try MPIRun.run(ranks: ranks, ["train"] + arguments)
    #expect(run.exitCode == 0, "\(run.errors)")
    return run.output.split(separator: "\n").filter {
      $0.hasPrefix("weights ") || $0.hasPrefix("loss ")
    }
  }

  private func state(_ folder: String) throws -> [String: Tensor] {
    try SafeTensorsFile.read(folder + "/checkpoint-last/training-state.safetensors").tensors
  }

  // 14 steps in two epochs; 5 shards do not divide evenly.
  @Test(
    "gives the weights, the optimizer's state and the losses of one run",
    arguments: [[], ["clip=0.5"]])
  func anotherNumberOfRanks(options: [String]) throws {
    try withTemporaryFolder { folder in
      let options = options + ["shards=5"]
      let whole = try train(ranks: 1, options + ["workers=2", "out=\(folder)/whole"])
      #expect(whole.count == 2)
      let out = "out=\(folder)/parts"
      _ = try train(ranks: 2, options + ["workers=2", "steps=3", "every=2", out])
      let resume = "resume=\(folder)/parts"
      _ = try train(ranks: 3, options + ["steps=8", out, resume])
      _ = try train(ranks: 1, options + ["steps=11", out, resume])
      let parts = try train(ranks: 4, options + [out, resume])
      #expect(parts == whole)
      #expect(try state(folder + "/parts") == state(folder + "/whole"))
    }
  }

  @Test("a checkpoint of another number of shards is refused by the first rank, once")
  func otherShards() throws {
    try withTemporaryFolder { folder in
      _ = try train(ranks: 2, ["shards=2", "steps=1", "out=\(folder)"])
      let run = try MPIRun.run(
        ranks: 3, ["train", "shards=3", "out=\(folder)", "resume=\(folder)"])
      #expect(run.exitCode != 0)
      #expect(!run.isTimedOut)
      #expect(run.tandemErrors.count == 1)
      #expect(
        run.errors.contains(
          #/tandem: error: rank 0 \(host [^)]+\).*: the checkpoint .+ was made with the number of /#
        ),
        "\(run.errors)")
    }
  }

  @Test("weights that are read by the first rank start all of them")
  func weights() throws {
    try withTemporaryFolder { folder in
      _ = try train(ranks: 1, ["steps=2", "out=\(folder)/first"])
      let weights = "weights=\(folder)/first"
      #expect(
        try train(ranks: 2, ["steps=3", weights]) == train(ranks: 1, ["steps=3", weights]))
    }
  }
}

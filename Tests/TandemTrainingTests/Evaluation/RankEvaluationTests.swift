import TandemTensor
import TestSupport
import Testing

/// The ranks' part is Tests/RankTests/EvaluationTests.swift.
@Suite("Evaluation split over the ranks of a job")
struct RankEvaluationTests {
  /// Writes weights for the network of the ranks' part; its feature maps are [4, 10, 10].
  private func writeWeights(to path: String, seed: UInt64) throws {
    var random = CounterRandom(seed: seed, purpose: .test).sequence(0)
    func tensor(_ shape: Shape) -> Tensor {
      Tensor(shape: shape, elements: (0..<shape.elementCount).map { _ in random.normal() })
    }
    try SafeTensorsFile(tensors: [
      "conv1.weight": tensor([4, 1, 5, 5]), "conv1.bias": tensor([4]),
      "dense1.weight": tensor([3, 400]), "dense1.bias": tensor([3]),
    ]).write(to: path)
  }

  @Test(
    "gives the numbers of one rank, bit for bit, and reads each image once", arguments: [1, 2, 3])
  func sameNumbers(ranks: Int) throws {
    try withTemporaryFolder { folder in
      try writeWeights(to: folder + "/w.safetensors", seed: 1)
      let run = try MPIRun.run(ranks: ranks, ["evaluation", folder + "/w.safetensors"])
      #expect(run.exitCode == 0 && !run.isTimedOut, "\(run.errors)")
    }
  }

  @Test("tells of each image what one rank does, in the same order", arguments: [2, 3])
  func sameImages(ranks: Int) throws {
    try withTemporaryFolder { folder in
      try writeWeights(to: folder + "/w.safetensors", seed: 1)
      let run = try MPIRun.run(ranks: ranks, ["evaluation-in-detail", folder + "/w.safetensors"])
      #expect(run.exitCode == 0 && !run.isTimedOut, "\(run.errors)")
    }
  }

  @Test("uses the first rank's weights on all ranks")
  func firstWeights() throws {
    try withTemporaryFolder { folder in
      let paths = [folder + "/w.safetensors", folder + "/v.safetensors"]
      for (index, path) in paths.enumerated() { try writeWeights(to: path, seed: UInt64(index)) }
      let run = try MPIRun.run(ranks: 2, ["evaluation-first-weights"] + paths)
      #expect(run.exitCode == 0 && !run.isTimedOut, "\(run.errors)")
    }
  }

  @Test("is refused when a rank has other images or another network")
  func differences() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      try writeWeights(to: path, seed: 1)
      for what in ["images", "network"] {
        let run = try MPIRun.run(ranks: 2, ["evaluation-other-\(what)", path])
        #expect(run.exitCode != 0 && !run.isTimedOut)
        #expect(
          run.tandemErrors.contains { $0.contains("evaluates with other \(what) than rank 0") },
          "\(run.errors)")
      }
    }
  }
}

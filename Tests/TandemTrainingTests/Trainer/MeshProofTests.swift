import MeshProof
import TandemNetwork
import TandemTraining
import TestSupport
import Testing

/// The networks of `make test-mesh`, narrow: two devices against one worker.
@Suite struct MeshProofTests {
  @Test(arguments: MeshProof.narrow.indices)
  func threadsTrainAsOneWorker(index: Int) throws {
    for row in try MeshProof.narrow[index].rows(Mesh(data: 1, model: 2)) {
      #expect(row.problem == nil, "\n\(MeshProofRow.heading)\n\(row)")
    }
  }

  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"), arguments: ["alexnet", "resnet-18"])
  func ranksTrainAsOneWorker(name: String) throws {
    let run = try MPIRun.run(
      ranks: 2, ["mesh-proof", "narrow", name, "1x2"], timeoutSeconds: 200)
    #expect(run.exitCode == 0, "\(run.errors)\n\(MeshProofRow.heading)\n\(run.output)")
  }

  @Test func otherFirstWeightsAreNoticed() throws {
    let rows = try MeshProof.narrow[0].rows(Mesh(data: 1, model: 2), [.hybrid]) { $0.seed = 1 }
    #expect(rows.map(\.isRepeatable) == [true])
    #expect(rows.allSatisfy { $0.problem != nil && $0.weights > 0.1 && $0.loss > 1e-3 })
  }

  /// The first step does not show it.
  @Test func otherMomentumIsNoticed() throws {
    let rows = try MeshProof.narrow[0].rows(Mesh(data: 1, model: 2), [.hybrid]) {
      $0.optimizer = AnyOptimizer(SGD(momentum: 0.8))
    }
    #expect(rows.allSatisfy { $0.weights < MeshProofRow.tolerance })
    #expect(rows.map(\.problem) == ["alexnet: the first 3 steps are not those of one worker"])
  }

  /// The zeros of what is not there are not equality.
  @Test(arguments: [0, 1])
  func missingStepsAndParametersAreNoticed(missing: Int) {
    func course(losses: [Double], weights: [[Float]]) -> MeshProof.Course {
      MeshProof.Course(
        losses: losses, weightsAfterOneStep: weights, earlyWeights: weights, weights: weights)
    }
    let whole = course(losses: [2, 1], weights: [[1, 2], [3]])
    let part =
      missing == 0
      ? course(losses: [2], weights: [[1, 2], [3]]) : course(losses: [2, 1], weights: [[1, 2]])
    for (course, isEqual) in [(whole, true), (part, false)] {
      let row = MeshProofRow(
        name: "made-up", parallelism: .hybrid, mesh: Mesh(data: 1, model: 2), ranks: 1, steps: 2,
        course, expected: whole, nudged: whole, isRepeatable: true)
      #expect((row.problem == nil) == isEqual)
    }
  }

  /// However far the smallest difference leads.
  @Test(arguments: [2, Double.nan])
  func trainingThatRunsAwayProvesNothing(lastLoss: Double) {
    func course(_ loss: Double) -> MeshProof.Course {
      MeshProof.Course(
        losses: [1, loss], weightsAfterOneStep: [], earlyWeights: [], weights: [])
    }
    let row = MeshProofRow(
      name: "made-up", parallelism: .hybrid, mesh: Mesh(data: 1, model: 2), ranks: 1, steps: 2,
      course(lastLoss), expected: course(1.8), nudged: course(9), isRepeatable: true)
    #expect(row.problem == "made-up: the loss has left that of one worker within 2 steps")
  }
}

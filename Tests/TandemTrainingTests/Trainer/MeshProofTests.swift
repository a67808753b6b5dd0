import MeshProof
import TandemNetwork
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

  /// Other first weights are noticed.
  @Test func otherTrainingIsNoticed() throws {
    let rows = try MeshProof.narrow[0].rows(Mesh(data: 1, model: 2), [.hybrid], seed: 1)
    #expect(rows.map(\.isRepeatable) == [true])
    #expect(rows.allSatisfy { $0.problem != nil && $0.weights > 0.1 && $0.loss > 1e-3 })
  }
}

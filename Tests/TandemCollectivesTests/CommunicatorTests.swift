import TandemCollectives
import TestSupport
import Testing

@Suite("communicators under mpirun")
struct CommunicatorTests {
  @Test("every collective has the answers in closed form", arguments: [1, 2, 4])
  func collectives(ranks: Int) throws {
    for name in ["collectives", "pieces", "two-channels"] {
      let run = try MPIRun.run(ranks: ranks, [name, "\(ranks)"])
      #expect(run.exitCode == 0, "\(name): \(run.errors)")
      #expect(run.errors == "")
    }
  }

  @Test("the exchange that bench-exchange times comes to MPI_Allreduce's sums", arguments: [2, 3])
  func exchangeTrial(ranks: Int) throws {
    let run = try MPIRun.run(ranks: ranks, ["exchange-trial"])
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  @Test("a wrong answer is noticed")
  func wrongAnswer() throws {
    let run = try MPIRun.run(ranks: 2, ["collectives-wrong"])
    #expect(run.exitCode != 0)
    #expect(!run.isTimedOut)
    #expect(
      run.tandemErrors.contains { $0.contains("all-gather of Float: value 16 is") },
      "\(run.errors)")
  }
}

@Suite("counts for MPI")
struct MPICountTests {
  @Test("ranges of floats are counted in cache lines")
  func lines() throws {
    #expect(try MPICount.lines(0..<0) == .init(offset: 0, count: 0))
    #expect(try MPICount.lines(32..<80) == .init(offset: 2, count: 3))
    // 2³¹ − 1 lines are the most; that is 2³⁵ − 16 floats.
    let most = 34_359_738_352
    #expect(try MPICount.lines(0..<most) == .init(offset: 0, count: 2_147_483_647))
    #expect(try MPICount.lines(most..<most) == .init(offset: 2_147_483_647, count: 0))
    for wrong in [1..<16, 0..<17, 0..<most + 16, -16..<16] {
      #expect(throws: JobError.notInLines(wrong)) { try MPICount.lines(wrong) }
    }
  }

  @Test("what is too much for one call is cut into pieces")
  func pieces() {
    #expect(MPICount.pieces(of: 0, most: 10) == [])
    #expect(MPICount.pieces(of: 10, most: 10) == [0..<10])
    #expect(MPICount.pieces(of: 25, most: 10) == [0..<10, 10..<20, 20..<25])
    #expect(
      MPICount.pieces(of: 3_000_000_000, most: MPICount.mostBytes) == [
        0..<1_073_741_824, 1_073_741_824..<2_147_483_648, 2_147_483_648..<3_000_000_000,
      ])
  }
}

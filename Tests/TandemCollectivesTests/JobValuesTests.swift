import TandemCollectives
import TestSupport
import Testing

@Suite("values that ranks tell each other")
struct JobValuesTests {
  @Test("arrive on all ranks", arguments: [1, 2, 4])
  func values(ranks: Int) throws {
    let run = try MPIRun.run(ranks: ranks, ["values"])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors == "")
  }

  @Test("what the first rank cannot make ends all of them")
  func firstRankThrows() throws {
    let run = try MPIRun.run(ranks: 3, ["first-rank-throws"])
    #expect(run.exitCode != 0)
    #expect(!run.isTimedOut)
    // The others, who only hear that it failed, do not speak.
    #expect(run.tandemErrors.count == 1)
    #expect(
      run.errors.contains(#/tandem: error: rank 0 \(host .+\): no such file\n/#), "\(run.errors)")
  }

  @Test("ranks at different places of the program are found")
  func differentPlaces() throws {
    let run = try MPIRun.run(ranks: 3, ["different-places"])
    #expect(run.exitCode != 0)
    #expect(!run.isTimedOut)
    #expect(run.tandemErrors.count == 1)
    let expected =
      #/^tandem: error: rank 1 \(host .+\) is at "counting apples" while rank 0 \(host .+\) is at /#
    #expect(
      run.tandemErrors.allSatisfy { $0.contains(expected) && $0.contains("\"reading a file\"") },
      "\(run.errors)")
  }

  @Test("a plain run tells itself")
  func solo() throws {
    #expect(try Job.solo.gather("gathering", 7) == [7])
    #expect(try Job.solo.fromFirstRank("hearing") { "x" } == "x")
  }
}

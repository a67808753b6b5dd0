import ArgumentParser
import Tandem

/// A subcommand that all ranks of an `mpirun` job run together. The first of them says what came
/// out; a plain run is a job with one rank.
protocol RankedCommand: ParsableCommand {
  /// What a rank reads for itself, without the others.
  associatedtype Input = Void

  var ranks: RankOptions { get }

  /// Done while MPI starts, which takes a quarter of a second.
  func read() throws -> Input

  func run(_ input: Input, in job: Job) throws
}

extension RankedCommand {
  func run() throws { try run(read(), in: .current()) }
}

extension RankedCommand where Input == Void {
  func read() {}
}

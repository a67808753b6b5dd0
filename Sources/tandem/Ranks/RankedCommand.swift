import ArgumentParser
import Tandem

/// A subcommand that all ranks of an `mpirun` job run together. The first of them says what came out;
/// a plain run is a job with one rank.
protocol RankedCommand: ParsableCommand {
  var ranks: RankOptions { get }

  func run(in job: Job) throws
}

extension RankedCommand {
  func run() throws { try run(in: .current()) }
}

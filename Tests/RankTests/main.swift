// What the tests run under mpirun: `mpirun -n R rank-tests NAME ARGUMENTS…`. Each rank runs the
// function of that name; a rank that finds something wrong ends the job with an error.

import Foundation
import TandemCollectives

/// A test's part on one rank: throws if something is not as it should be.
typealias RankTest = @Sendable (_ job: Job, _ arguments: [String]) throws -> Void

/// One line for each file of this folder that has tests.
let registries: [[String: RankTest]] = [
  collectiveTests,
  evaluationTests,
  faultTests,
  memoryTests,
  meshProofTests,
  ownTests,
  preflightTests,
  runTests,
  trainingTests,
  meshTests,
  valueTests,
]

let arguments = Array(CommandLine.arguments.dropFirst())
let matches = registries.compactMap { registry in arguments.first.flatMap { registry[$0] } }
guard matches.count == 1 else {
  let names = registries.flatMap(\.keys).sorted().joined(separator: " ")
  FileHandle.standardError.write(
    Data("usage: mpirun -n R rank-tests NAME ARGUMENTS…\nnames: \(names)\n".utf8))
  exit(2)
}
do {
  let job = try Job.current()
  do {
    try matches[0](job, Array(arguments.dropFirst()))
    try job.finish()
  } catch {
    job.fail(error)
  }
} catch {
  FileHandle.standardError.write(Data("rank-tests: no job: \(error)\n".utf8))
  exit(1)
}

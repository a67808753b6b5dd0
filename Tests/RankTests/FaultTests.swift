import Foundation
import TandemCollectives
import TandemProcess

/// Ranks that meet again and again until something happens to one of them.
let faultTests: [String: RankTest] = [
  // A signal ends or stops a rank: meet for ever. Argument: the stall timeout.
  "meet": { job, arguments in
    job.stallTimeoutSeconds = Double(arguments[0]) ?? 120
    try meet(job) { _ in }
  },
  // Arguments: the ranks that throw in step 20.
  "throw": { job, arguments in
    let failing = arguments.compactMap { Int($0) }
    try meet(job) { step in
      if step == 20, failing.contains(job.rank) { throw Unexpected("a fault on purpose") }
    }
  },
  // One rank is busy with something else than meeting. Arguments: the rank, the stall timeout.
  "stuck": { job, arguments in
    job.stallTimeoutSeconds = Double(arguments[1]) ?? 120
    try meet(job) { step in
      if step == 20, job.rank == Int(arguments[0]) { while true { sleep(1) } }
    }
  },
]

/// Counts steps, each with a meeting of all ranks; rank 0 prints the tenth.
private func meet(_ job: Job, _ happen: (_ step: Int) throws -> Void) throws {
  // As a trainer does it for signals that mpirun sends.
  _ = ProcessSignals.listen(countsContinue: true)
  job.describeLayers(["conv1", "conv2"])
  for step in 1...Int.max {
    job.activity.set(.backward, step: step, node: 1)
    try happen(step)
    usleep(2_000)
    try job.perform("meeting") { try $0.barrier() }
    if step == 10, job.rank == 0 {
      print("met")
      fflush(nil)
    }
  }
}

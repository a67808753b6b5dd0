import Foundation
import Synchronization
import TandemCollectives
import Testing

private struct Failure: Error, Equatable {
  let worker: Int
}

@Suite("Team")
struct TeamTests {
  @Test("every worker runs each region once, on the same thread, and sees its own index")
  func regions() throws {
    let team = try Team(workers: 3)
    let state = PerWorker<Int>(workers: 3)
    let sum = Atomic<Int>(0)
    for _ in 0..<5 {
      try team.run { worker in
        #expect(worker.count == 3)
        #expect(worker.isCurrent)
        // PerWorker traps if the worker's thread has changed.
        state[worker] = (state[worker] ?? 0) + worker.index
        sum.add(1 << (8 * worker.index), ordering: .relaxed)
      }
    }
    #expect(sum.load(ordering: .relaxed) == 0x050505)
    try team.run { worker in #expect(state[worker] == 5 * worker.index) }
  }

  @Test("the error of a worker is thrown; the others are released from the barrier")
  func errors() throws {
    let team = try Team(workers: 4)
    let released = Atomic<Int>(0)
    for _ in 0..<20 {
      #expect(throws: Failure(worker: 2)) {
        try team.run { worker in
          if worker.index == 2 { throw Failure(worker: 2) }
          do {
            for _ in 0..<3 { try worker.barrier() }
          } catch TeamError.abandoned {
            released.add(1, ordering: .relaxed)
            throw TeamError.abandoned
          }
        }
      }
    }
    #expect(released.load(ordering: .relaxed) == 60)
    // The team is usable afterwards.
    try team.run { worker in try worker.barrier() }
  }

  @Test("of several errors the one of the lowest worker is thrown")
  func lowestError() throws {
    let team = try Team(workers: 4)
    #expect(throws: Failure(worker: 1)) {
      try team.run { worker in
        if worker.index > 0 { throw Failure(worker: worker.index) }
      }
    }
  }

  @Test("a wait for a condition ends when another worker fails")
  func abandonedWait() throws {
    let team = try Team(workers: 2)
    #expect(throws: Failure(worker: 1)) {
      try team.run { worker in
        if worker.index == 1 { throw Failure(worker: 1) }
        try worker.wait { false }
      }
    }
  }

  @Test("barriers hold: nobody is a phase ahead", arguments: [1, 2, 5, 16])
  func barrier(workers: Int) throws {
    let team = try Team(workers: workers)
    let arrivals = Atomic<Int>(0)
    let phases = 300
    try team.run { worker in
      for phase in 0..<phases {
        arrivals.add(1, ordering: .acquiringAndReleasing)
        try worker.barrier()
        let seen = arrivals.load(ordering: .acquiring)
        #expect(seen == (phase + 1) * workers)
        try worker.barrier()
      }
    }
    #expect(arrivals.load(ordering: .relaxed) == phases * workers)
  }

  @Test("a hundred workers run and pass a barrier, on however few cores")
  func hundred() throws {
    // Not the most there can be: teams of tests that run at the same time need threads too.
    let team = try Team(workers: 100)
    let arrivals = Atomic<Int>(0)
    try team.run { worker in
      arrivals.add(1, ordering: .relaxed)
      try worker.barrier()
    }
    let seen = arrivals.load(ordering: .relaxed)
    #expect(seen == 100)
  }

  @Test("pinned workers run on the cpu they were given; afterwards the caller's mask is unchanged")
  func pinning() throws {
    let topology = CPUTopology.current()
    let cpu = topology.pinnableCPUs[0]
    let team = try Team(workers: 1, pinnedTo: [cpu])
    guard team.pinningFailures.isEmpty else { return }
    let seen = Mutex<[Int]>([])
    try team.run { _ in
      let mask = CPUTopology.current().allowedCPUs
      seen.withLock { $0 = mask }
    }
    #expect(seen.withLock { $0 } == [cpu])
    #expect(CPUTopology.current() == topology)
  }

  @Test("a cpu that does not exist is reported, and the worker runs all the same")
  func failedPin() throws {
    let team = try Team(workers: 1, pinnedTo: [65_000])
    #expect(team.pinningFailures.count == 1)
    #expect(
      team.pinningFailures.first?.description.contains(
        "worker 0 could not be pinned to cpu 65000 (Invalid argument)") == true)
    let ran = Atomic<Bool>(false)
    try team.run { _ in ran.store(true, ordering: .relaxed) }
    let hasRun = ran.load(ordering: .relaxed)
    #expect(hasRun)
  }
}

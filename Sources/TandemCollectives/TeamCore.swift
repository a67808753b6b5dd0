import CKernels
import Foundation
import Synchronization
import TandemProcess

/// What the team and its threads share; the threads keep it, and not the team, alive.
///
/// Safe to share: `body` is written by the caller of `run` while no worker is in a region, and read
/// by workers after they have seen `regionsBegun` grow; `errors[i]`, `threads[i]` and `pinning[i]`
/// are written by worker i only, and read by the caller after the worker has raised `leftRegion`
/// (or `started`); everything else is atomic or constant.
final class TeamCore: @unchecked Sendable {
  typealias Body = @Sendable (Worker) throws -> Void

  let count: Int
  /// Where the workers wait for one another.
  let room: WaitingRoom
  /// Where the caller of `run` waits for the workers: apart from them, or it would be woken, and
  /// take a core from one of them, each time they wake each other.
  private let callersRoom = WaitingRoom(awakeMicroseconds: 0)
  private var body: Body?
  private let errors: UnsafeMutableBufferPointer<(any Error)?>
  private let pinning: UnsafeMutableBufferPointer<TeamError?>
  private let threads: UnsafeMutableBufferPointer<pthread_t?>
  private let started = Atomic<Int>(0)
  private let regionsBegun = Atomic<Int>(0)
  private let leftRegion = Atomic<Int>(0)
  private let isBusy = Atomic<Bool>(false)
  private let isShutDown = Atomic<Bool>(false)
  private let hasFailed = Atomic<Bool>(false)
  private let barrierArrivals = Atomic<Int>(0)
  private let barrierGeneration = Atomic<Int>(0)

  init(workers: Int, awakeMicroseconds: Int) {
    count = workers
    room = WaitingRoom(awakeMicroseconds: awakeMicroseconds)
    errors = .allocate(capacity: workers)
    errors.initialize(repeating: nil)
    pinning = .allocate(capacity: workers)
    pinning.initialize(repeating: nil)
    threads = .allocate(capacity: workers)
    threads.initialize(repeating: nil)
  }

  deinit {
    errors.deinitialize().deallocate()
    pinning.deinitialize().deallocate()
    threads.deinitialize().deallocate()
  }

  func waitForThreads() -> [TeamError] {
    callersRoom.wait { started.load(ordering: .acquiring) == count }
    return pinning.compactMap { $0 }
  }

  func run(_ body: @escaping Body, alongside companionBody: (Companion) throws -> Void) throws {
    precondition(!isShutDown.load(ordering: .acquiring), "the team has been shut down")
    let wasBusy = isBusy.exchange(true, ordering: .acquiringAndReleasing)
    precondition(!wasBusy, "a team runs one region at a time, started from outside")
    self.body = body
    leftRegion.store(0, ordering: .relaxed)
    barrierArrivals.store(0, ordering: .relaxed)
    hasFailed.store(false, ordering: .relaxed)
    regionsBegun.add(1, ordering: .releasing)
    room.wakeAll()
    var failures: [any Error] = []
    do {
      try companionBody(Companion(workers: count, core: self))
    } catch {
      failures.append(error)
      hasFailed.store(true, ordering: .releasing)
      room.wakeAll()
    }
    callersRoom.wait { leftRegion.load(ordering: .acquiring) == count }
    self.body = nil
    for index in 0..<count {
      if let error = errors[index] { failures.append(error) }
      errors[index] = nil
    }
    isBusy.store(false, ordering: .releasing)
    if let cause = failures.first(where: { $0 as? TeamError != .abandoned }) ?? failures.first {
      throw cause
    }
  }

  func shutDown() {
    if isShutDown.exchange(true, ordering: .acquiringAndReleasing) { return }
    room.wakeAll()
  }

  /// The life of worker `index`: all its regions, until the team is shut down.
  func workerThread(index: Int, cpu: Int?, allCPUs: [Int]) {
    threads[index] = pthread_self()
    // A new thread may have inherited the pin of the worker that happened to create it.
    let cpus = cpu.map { [$0] } ?? allCPUs
    let errorNumber = restrictThread(to: cpus)
    if let cpu, errorNumber != 0 {
      pinning[index] = .notPinned(worker: index, cpu: cpu, errorNumber: errorNumber)
    }
    started.add(1, ordering: .acquiringAndReleasing)
    callersRoom.wakeAll()
    let worker = Worker(index: index, count: count, core: self)
    var seen = 0
    while true {
      room.wait {
        regionsBegun.load(ordering: .acquiring) > seen || isShutDown.load(ordering: .acquiring)
      }
      guard regionsBegun.load(ordering: .acquiring) > seen else { break }
      seen += 1
      do {
        try body?(worker)
      } catch {
        errors[index] = error
        hasFailed.store(true, ordering: .releasing)
      }
      leftRegion.add(1, ordering: .acquiringAndReleasing)
      room.wakeAll()
      callersRoom.wakeAll()
    }
    // Dispatch will use the thread for other work.
    _ = restrictThread(to: allCPUs)
  }

  func isRunning(worker index: Int) -> Bool {
    guard let thread = threads[index] else { return false }
    return pthread_equal(thread, pthread_self()) != 0
  }

  func wait(sleepsAtOnce: Bool = false, until isOver: () -> Bool) throws {
    // Asked once each time: what was true when the thread woke up may be over a moment later, which
    // is no failure.
    var wasOver = false
    room.wait(sleepsAtOnce: sleepsAtOnce) {
      wasOver = isOver()
      return wasOver || hasFailed.load(ordering: .acquiring)
    }
    if !wasOver { throw TeamError.abandoned }
  }

  func wait(until isOver: () -> Bool, attend: () throws -> Void) throws {
    var wasOver = false
    func isDone() -> Bool {
      wasOver = isOver()
      return wasOver || hasFailed.load(ordering: .acquiring)
    }
    while !room.wait(atMostMicroseconds: 50_000, until: isDone) { try attend() }
    if !wasOver { throw TeamError.abandoned }
  }

  func wait(atMostMicroseconds microseconds: Int, until isOver: () -> Bool) throws {
    _ = room.wait(atMostMicroseconds: microseconds) {
      isOver() || hasFailed.load(ordering: .acquiring)
    }
    if hasFailed.load(ordering: .acquiring) { throw TeamError.abandoned }
  }

  var hasAWorkerFailed: Bool { hasFailed.load(ordering: .acquiring) }

  func barrier() throws {
    if hasFailed.load(ordering: .acquiring) { throw TeamError.abandoned }
    let generation = barrierGeneration.load(ordering: .acquiring)
    if barrierArrivals.add(1, ordering: .acquiringAndReleasing).newValue == count {
      barrierArrivals.store(0, ordering: .relaxed)
      barrierGeneration.store(generation + 1, ordering: .releasing)
      room.wakeAll()
      return
    }
    try wait {
      // Looked at in this order: whoever has left the region after the barrier has passed it first.
      let someoneLeft = leftRegion.load(ordering: .acquiring) > 0
      let isOpen = barrierGeneration.load(ordering: .acquiring) != generation
      precondition(
        isOpen || !someoneLeft || hasFailed.load(ordering: .acquiring),
        "a worker left the region while others wait for it at a barrier")
      return isOpen
    }
  }

  private func restrictThread(to cpus: [Int]) -> Int32 {
    cpus.isEmpty ? 0 : tandem_restrict_thread(cpus.map { Int32($0) }, cpus.count)
  }
}

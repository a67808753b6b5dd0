import CProcess
import Foundation
import Synchronization
import TandemData
import TandemProcess
import TandemTensor
import TandemTraining

/// Draws the snapshots that a page wants beside a training, on a thread that gives way to all
/// others, within a `SnapshotBudget`.
///
/// The training's worker is asked for nothing but, once for each round of snapshots, a copy of its
/// weights; what that takes counts in the budget, as does the thread's own computing.
///
/// Safe to share: `painter` belongs to the thread that draws, but for its weights, which the
/// training writes while that thread waits for `copied`; the rest guards itself.
final class SnapshotThread: @unchecked Sendable {
  private let shelf: SnapshotShelf
  private let painter: SnapshotPainter
  private let course: LiveCourse
  private let copiesInSteps: Bool
  private weak var trainer: Trainer?

  /// Whether weights are asked for, and by whom the copy is held.
  private enum Copying {
    static let idle = 0
    static let asked = 1
    static let underWay = 2
  }

  private let copying = Atomic<Int>(Copying.idle)
  private let isOver = Atomic<Bool>(false)
  private let copied = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)
  /// What the last copy has cost, and the step after which it was made.
  private let copy = Mutex<(seconds: Double, step: StepRecord?)>((0, nil))

  /// How long weights are waited for; while a training evaluates or is paused, there are no new
  /// ones.
  private static let patienceSeconds = 0.25

  init(
    _ shelf: SnapshotShelf, _ painter: SnapshotPainter, _ course: LiveCourse, _ trainer: Trainer
  ) {
    self.shelf = shelf
    self.painter = painter
    self.course = course
    self.trainer = trainer
    copiesInSteps = trainer.hasWholeParametersInSteps
  }

  var layers: [String] { painter.layers }

  /// - Throws: `ThreadShortage`.
  func start() throws {
    try OwnThread.start("tandem.live") { [self] in
      tandem_give_way()
      run()
      hasEnded.signal()
    }
  }

  /// Ends the thread and waits until it has: a process that exits takes the memory of libraries
  /// away, which a drawing may be using. To be called after `start`.
  func stop() {
    if isOver.exchange(true, ordering: .relaxed) { return }
    copied.signal()
    shelf.wake()
    hasEnded.wait()
  }

  // MARK: The training's side

  /// Gives the thread a copy of the weights if it has asked for one. Called by the thread that
  /// sends the training's events.
  func offerWeights(after event: TrainingEvent) {
    guard copying.load(ordering: .relaxed) == Copying.asked else { return }
    if case .stepFinished = event, !copiesInSteps { return }
    guard let trainer else { return }
    let taken = copying.compareExchange(
      expected: Copying.asked, desired: Copying.underWay, ordering: .acquiringAndReleasing)
    guard taken.exchanged else { return }
    let begin = DispatchTime.now()
    trainer.copyParameters(into: painter.parameters, laidOutAs: painter.graph.parameterLayout)
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin.uptimeNanoseconds) / 1e9
    var step = course.last
    if case .stepFinished(let record) = event { step = record }
    copy.withLock { $0 = (seconds, step) }
    copying.store(Copying.idle, ordering: .releasing)
    copied.signal()
  }

  // MARK: The thread's side

  private func run() {
    var budget = SnapshotBudget(now: Self.clock)
    var hasWeights = false
    while !isOver.load(ordering: .relaxed) {
      guard shelf.wish != nil else {
        shelf.waitForWish(seconds: 1)
        continue
      }
      let wait = budget.secondsToWait(now: Self.clock)
      if wait > 0 {
        usleep(UInt32(1e6 * min(wait, 0.5)) + 1)
        continue
      }
      let isNew = askForWeights()
      if isNew {
        hasWeights = true
        painter.parametersChanged()
      }
      guard hasWeights, let wish = shelf.wish else { continue }
      let (copySeconds, step) = copy.withLock { $0 }
      let begin = Self.ownSeconds
      for kind in SnapshotKind.allCases
      where wish.kinds.contains(kind) && !isOver.load(ordering: .relaxed) {
        shelf.put(kind, members: painter.members(kind, wish, step))
      }
      budget.spend(
        (isNew ? copySeconds : 0) + Self.ownSeconds - begin, now: Self.clock)
    }
  }

  /// - Returns: whether there are new weights.
  private func askForWeights() -> Bool {
    copying.store(Copying.asked, ordering: .releasing)
    if copied.wait(timeout: .now() + Self.patienceSeconds) == .success { return true }
    let withdrawn = copying.compareExchange(
      expected: Copying.asked, desired: Copying.idle, ordering: .acquiringAndReleasing)
    if withdrawn.exchanged { return false }
    // The worker has begun, and will not be long.
    copied.wait()
    return true
  }

  private static var clock: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

  /// What this thread has computed so far.
  private static var ownSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

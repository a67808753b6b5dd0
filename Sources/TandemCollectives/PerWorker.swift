/// One value for each worker of a team, which only that worker touches: no locks, and state that
/// may not cross threads (a replica) stays on its thread.
///
/// Safe to share: `subscript` checks that the caller is the worker that owns the slot.
package final class PerWorker<State>: @unchecked Sendable {
  private let slots: UnsafeMutableBufferPointer<State?>

  /// Empty slots.
  package init(workers: Int) {
    slots = .allocate(capacity: workers)
    slots.initialize(repeating: nil)
  }

  deinit {
    slots.deinitialize().deallocate()
  }

  /// The worker's own value; nil until it has set one. Traps on any other thread.
  package subscript(worker: Worker) -> State? {
    get {
      precondition(worker.isCurrent, "the state of worker \(worker.index) belongs to its thread")
      return slots[worker.index]
    }
    set {
      precondition(worker.isCurrent, "the state of worker \(worker.index) belongs to its thread")
      slots[worker.index] = newValue
    }
  }
}

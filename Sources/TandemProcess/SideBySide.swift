import Foundation
import Synchronization

extension OwnThread {
  /// Calls `body` with each number below `count`, on as many threads as there are processors and
  /// the system gives: the calling one is always there. Returns when all calls have.
  ///
  /// (Dispatch's `concurrentPerform` waits for ever where no thread can be made.)
  package static func sideBySide(_ count: Int, _ body: @Sendable (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      let work = SharedWork(count: count, body: body)
      let helpers = min(count, ProcessInfo.processInfo.activeProcessorCount) - 1
      for _ in 0..<max(0, helpers) {
        work.enter()
        do {
          try start("tandem.aside") {
            work.run()
            work.leave()
          }
        } catch {
          work.leave()
          break
        }
      }
      work.run()
      work.finish()
    }
  }

  /// Numbers that several threads take one after the other.
  ///
  /// Safe to share: `next` is atomic, `helpers` guarded by `condition`; `body` is there until the
  /// caller, who has waited for the helpers, takes it away.
  private final class SharedWork: @unchecked Sendable {
    private let count: Int
    private var body: (@Sendable (Int) -> Void)?
    private let next = Atomic<Int>(0)
    private let condition = NSCondition()
    private var helpers = 0

    init(count: Int, body: @escaping @Sendable (Int) -> Void) {
      self.count = count
      self.body = body
    }

    func run() {
      while true {
        let number = next.add(1, ordering: .relaxed).oldValue
        guard number < count else { return }
        body?(number)
      }
    }

    func enter() {
      condition.lock()
      helpers += 1
      condition.unlock()
    }

    func leave() {
      condition.lock()
      helpers -= 1
      condition.broadcast()
      condition.unlock()
    }

    func finish() {
      condition.lock()
      while helpers > 0 { condition.wait() }
      condition.unlock()
      // A helper that has left may keep this object for a moment longer, but not the caller's
      // closure.
      body = nil
    }
  }
}

import Logging
import Synchronization

/// Tells of refusals, each kind once: somebody who knocks all day would fill the terminal.
package final class RefusalLog: Sendable {
  private let told = Mutex<Set<String>>([])
  private let tell: @Sendable (String) -> Void

  /// - Parameter tell: gets a line for each kind.
  package init(
    tell: @escaping @Sendable (String) -> Void = { Logger(label: "tandem.live").warning("\($0)") }
  ) {
    self.tell = tell
  }

  func note(_ refusal: PageRefusal) {
    guard let kind = refusal.kind, told.withLock({ $0.insert(kind).inserted }) else { return }
    tell("the page has refused \(kind); more of that will not be told")
  }
}

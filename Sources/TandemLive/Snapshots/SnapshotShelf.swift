import Dispatch
import Synchronization

/// Where the snapshots of a training lie for its page, and what the page wants of them. A wish that
/// is not made again is forgotten after two seconds: where nobody looks, nothing is drawn.
package final class SnapshotShelf: Sendable {
  private struct State {
    var wish = SnapshotWish()
    var wishEnds = 0.0
    /// Members of an object of JSON.
    var shown: [SnapshotKind: (version: Int, members: String)] = [:]
    var version = 0
  }

  private let state = Mutex(State())
  private let called = DispatchSemaphore(value: 0)
  private static let wishSeconds = 2.0

  package init() {}

  private static var clock: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

  // MARK: The page's side

  package func want(_ wish: SnapshotWish) {
    if wish.kinds.isEmpty { return }
    let isNew = state.withLock { state in
      let wasIdle = state.wishEnds < Self.clock
      state.wish = wish
      state.wishEnds = Self.clock + Self.wishSeconds
      return wasIdle
    }
    if isNew { called.signal() }
  }

  /// The versions of what lies here.
  package var versions: [SnapshotKind: Int] { state.withLock { $0.shown.mapValues(\.version) } }

  /// What lies here of a kind as an object of JSON; nil for nothing yet.
  package func json(_ kind: SnapshotKind) -> String? {
    state.withLock { $0.shown[kind] }.map { "{\"version\":\($0.version),\($0.members)}" }
  }

  // MARK: The painter's side

  /// What is wanted now; nil for nothing.
  package var wish: SnapshotWish? {
    state.withLock { $0.wishEnds < Self.clock ? nil : $0.wish }
  }

  /// Waits until something is wanted, or a while.
  package func waitForWish(seconds: Double) {
    if wish == nil { _ = called.wait(timeout: .now() + seconds) }
  }

  /// Ends such waiting.
  package func wake() { called.signal() }

  package func put(_ kind: SnapshotKind, members: String) {
    state.withLock { state in
      state.version += 1
      state.shown[kind] = (state.version, members)
    }
  }
}

import Foundation
import Synchronization

/// The connections of a page, and until when each may take for what it does.
///
/// Safe to share: all is guarded by `entries`.
final class ConnectionTable: Sendable {
  struct Entry: Sendable {
    let number: Int
    let descriptor: Int32
    /// When the patience with it ends, in seconds of `clock`.
    var deadline: Double
    /// Whether it has shown the token.
    var isKnown = false
    /// Whether its time is over; then it only remains to be closed.
    var isOver = false
  }

  private struct State {
    var entries: [Entry] = []
    var next = 0
  }

  private let state = Mutex(State())
  private let most: Int

  init(most: Int) {
    self.most = most
  }

  static var clock: Double {
    Double(DispatchTime.now().uptimeNanoseconds) / 1e9
  }

  var count: Int { state.withLock { $0.entries.count } }

  /// Takes a connection in, in place of an older one if need be.
  /// - Returns: its number, nil if there is no room; and whether another one had to go.
  func add(_ descriptor: Int32, seconds: Double) -> (number: Int?, hasReplaced: Bool) {
    state.withLock { state in
      var hasReplaced = false
      if state.entries.count(where: { !$0.isOver }) >= most {
        guard let oldest = state.entries.firstIndex(where: { !$0.isKnown && !$0.isOver }) else {
          return (nil, false)
        }
        Self.end(&state.entries[oldest])
        hasReplaced = true
      }
      state.next += 1
      state.entries.append(
        Entry(number: state.next, descriptor: descriptor, deadline: Self.clock + seconds))
      return (state.next, hasReplaced)
    }
  }

  /// Gives a connection so much time from now on.
  func extend(_ number: Int, seconds: Double, isKnown: Bool? = nil) {
    state.withLock { state in
      guard let index = state.entries.firstIndex(where: { $0.number == number }) else { return }
      state.entries[index].deadline = Self.clock + seconds
      if let isKnown { state.entries[index].isKnown = isKnown }
    }
  }

  /// Whether a connection's time is over.
  func isOver(_ number: Int) -> Bool {
    state.withLock { $0.entries.first { $0.number == number }?.isOver ?? true }
  }

  /// Forgets a connection, whose descriptor `close` then closes: nobody else touches it any more.
  func remove(_ number: Int, close: () -> Void) {
    state.withLock { state in
      state.entries.removeAll { $0.number == number }
      close()
    }
  }

  /// Ends those whose time is over, and all if the page ends.
  func sweep(all: Bool = false) {
    let now = Self.clock
    state.withLock { state in
      for index in state.entries.indices
      where !state.entries[index].isOver && (all || state.entries[index].deadline < now) {
        Self.end(&state.entries[index])
      }
    }
  }

  /// Whoever waits for the socket is woken up by this.
  private static func end(_ entry: inout Entry) {
    entry.isOver = true
    shutdown(entry.descriptor, Int32(SHUT_RDWR))
  }
}

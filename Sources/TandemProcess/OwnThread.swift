import CProcess
import Foundation

/// Threads of our own, and whether there can be more.
package enum OwnThread {
  /// Starts a thread that runs `body` and then ends.
  /// - Throws: `ThreadShortage`.
  package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws {
    let context = Unmanaged.passRetained(Body(body))
    let errorNumber = tandem_start_thread(
      name,
      { context in
        guard let context else { return }
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
      }, context.toOpaque())
    guard errorNumber != 0 else { return }
    context.release()
    throw ThreadShortage(
      needed: 1, made: 0, limit: .find(needed: 1, errorNumber: errorNumber))
  }

  /// Gives the calling thread another name, of which the system keeps 15 bytes.
  package static func rename(_ name: String) { tandem_name_thread(name) }

  /// Makes sure that as many threads more as are needed can be made just now.
  /// - Throws: `ThreadShortage`.
  package static func require(_ needed: Int) throws {
    var errorNumber: Int32 = 0
    var made = 0
    let held = tandem_hold_threads(needed, &made, &errorNumber)
    defer { tandem_release_threads(held) }
    guard made < needed else { return }
    // Looked at while the threads are there that could be made.
    throw ThreadShortage(
      needed: needed, made: made, limit: .find(needed: needed - made, errorNumber: errorNumber))
  }

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}

import Synchronization

/// The exit code of a process that has done what it could.
enum ProcessEnding {
  private static let chosen = Mutex<Int32>(0)

  /// What the process exits with if nothing fails from here on.
  static var exitCode: Int32 {
    get { chosen.withLock { $0 } }
    set { chosen.withLock { $0 = newValue } }
  }
}

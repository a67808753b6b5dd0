import Logging
import Synchronization
import Tandem
import TandemProcess

/// Writes the libraries' log messages to standard error in the form of the tool's own:
/// `tandem: warning: …`; those of other ranks than the first say whose they are.
struct StandardErrorLog: LogHandler {
  /// `rank 3 (host b): `
  private static let speaker = Mutex("")

  /// Whether notices are left out.
  static var isQuiet: Bool {
    get { quiet.load(ordering: .relaxed) }
    set { quiet.store(newValue, ordering: .relaxed) }
  }

  /// Whether details are told.
  static var isVerbose: Bool {
    get { verbose.load(ordering: .relaxed) }
    set { verbose.store(newValue, ordering: .relaxed) }
  }

  private static let quiet = Atomic<Bool>(false)
  private static let verbose = Atomic<Bool>(false)

  let label: String
  var logLevel: Logger.Level = StandardErrorLog.isVerbose ? .debug : .info
  var metadata: Logger.Metadata = [:]

  init(label: String) {
    self.label = label
  }

  /// Marks messages from now on as those of a rank.
  static func begin(_ job: Job) {
    guard job.rank > 0 else { return }
    speaker.withLock { $0 = "rank \(job.rank) (host \(job.hosts[job.rank])): " }
  }

  static func warn(_ warnings: [String]) {
    let log = Logger(label: "tandem.tool")
    for warning in warnings { log.warning("\(warning)") }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let level = event.level <= .notice ? "" : "\(event.level): "
    let values = metadata.merging(event.metadata ?? [:]) { $1 }
    let details = values.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    let speaker = Self.speaker.withLock { $0 }
    let line = "tandem: \(level)\(speaker)\(event.message)\(details)"
    if Self.isQuiet, event.level < .warning {
      MessageLog.write(line)
    } else {
      MessageStream.standardError.writeLine(line)
    }
  }
}

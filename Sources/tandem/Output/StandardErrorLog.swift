import Foundation
import Logging

/// Writes the libraries' log messages to standard error in the form of the tool's own:
/// `tandem: warning: …`.
struct StandardErrorLog: LogHandler {
  let label: String
  var logLevel: Logger.Level = .info
  var metadata: Logger.Metadata = [:]

  init(label: String) {
    self.label = label
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let level = event.level == .info || event.level == .notice ? "" : "\(event.level): "
    let values = metadata.merging(event.metadata ?? [:]) { $1 }
    let details = values.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    try? FileHandle.standardError.write(
      contentsOf: Data("tandem: \(level)\(event.message)\(details)\n".utf8))
  }
}

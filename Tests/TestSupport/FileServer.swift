import Foundation

/// An HTTP server of this machine with faults: Tests/Servers/files.py, which says what its paths
/// do.
package final class FileServer {
  private let process = Process()
  private let input = Pipe()
  private let log: String
  private let port: String

  /// Whether there is a `python3` on the PATH.
  package static let canRun: Bool = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/python3")
    }
  }()

  package enum Failure: Error {
    case hasNotStarted
  }

  /// - Parameters:
  ///   - folder: whose files are served.
  ///   - workFolder: for the server's own files.
  package init(serving folder: String, workFolder: String) throws {
    log = workFolder + "/server.log"
    let portFile = workFolder + "/server.port"
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", fixturePath("../Servers/files.py"), folder, portFile, log,
    ]
    process.standardInput = input
    try process.run()
    var found: String?
    for _ in 0..<600 where found == nil {
      found = try? String(contentsOfFile: portFile, encoding: .utf8)
      if found == nil { usleep(50_000) }
    }
    guard let found else {
      process.terminate()
      throw Failure.hasNotStarted
    }
    port = found
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  package var address: String { "http://127.0.0.1:\(port)" }

  /// Paths that were asked for, each with the range if one was.
  package var requests: [String] {
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }
}

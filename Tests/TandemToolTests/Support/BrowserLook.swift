import Foundation
import TestSupport
import Testing

/// What a page does in a headless Chromium, by Tests/Browser/look.py, which says what the names
/// mean.
struct BrowserLook: Decodable {
  let errors: [String]
  let requests: [String]
  let wide: Bool
  let canvases: Int
  let reading: String?
  let zoomed: Bool?
  let tabs: Int
  let unfocused: Int

  /// Whether there are a browser and a Python.
  static let canRun: Bool = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    func isThere(_ program: String) -> Bool {
      path.split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
      }
    }
    return isThere("python3") && isThere("chromium")
  }()

  static func at(
    _ page: String, width: Int = 1280, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> BrowserLook {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", fixturePath("../Browser/look.py"), page, "\(width)x900"]
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, sourceLocation: sourceLocation)
    return try JSONDecoder().decode(BrowserLook.self, from: bytes)
  }
}

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
  /// What the steps have told, in their order.
  let answers: [Answer]

  enum Answer: Decodable, Equatable {
    case truth(Bool)
    case number(Double)
    case text(String)

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let truth = try? value.decode(Bool.self) {
        self = .truth(truth)
      } else if let number = try? value.decode(Double.self) {
        self = .number(number)
      } else {
        self = .text(try value.decode(String.self))
      }
    }
  }

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
    _ page: String, width: Int = 1280, steps: String = "[]",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> BrowserLook {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let folder = try TemporaryFolder()
    let path = try folder.write(Array(steps.utf8), to: "steps.json")
    process.arguments = [
      "python3", fixturePath("../Browser/look.py"), page, "\(width)x900", "",
    ]
    if steps != "[]" { process.arguments?.append(path) }
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    withExtendedLifetime(folder) {}
    try #require(process.terminationStatus == 0, sourceLocation: sourceLocation)
    return try JSONDecoder().decode(BrowserLook.self, from: bytes)
  }
}

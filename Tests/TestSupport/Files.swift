import Foundation

/// Runs `body` with the path of a new, empty folder called `name`, which is removed afterwards.
@discardableResult
package func withTemporaryFolder<Result>(
  named name: String = "data", _ body: (String) throws -> Result
) throws -> Result {
  let parent = FileManager.default.temporaryDirectory
    .appendingPathComponent("tandem-tests-\(UUID().uuidString)").path
  let folder = parent + "/" + name
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: parent) }
  return try body(folder)
}

/// The path of a file below `Tests/Fixtures`, where a script beside it wrote it.
package func fixturePath(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../Fixtures/\(name)").standardized.path
}

package func bytes(of path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

package func write(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

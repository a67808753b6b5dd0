import Foundation

/// The numbers that a script in Tests/Fixtures/pytorch wrote.
enum PyTorchFixture {
  static func read<Golden: Decodable>(_ name: String, as kind: Golden.Type) throws -> Golden {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/pytorch/\(name).json").standardizedFileURL
    return try JSONDecoder().decode(kind, from: Data(contentsOf: path))
  }
}

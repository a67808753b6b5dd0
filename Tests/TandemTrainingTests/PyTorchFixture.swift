import Foundation
import TestSupport

/// The files that the scripts in Tests/Fixtures/pytorch wrote.
enum PyTorchFixture {
  static func path(_ name: String) -> String {
    fixturePath("pytorch/\(name)")
  }

  static func read<Golden: Decodable>(_ name: String, as kind: Golden.Type) throws -> Golden {
    try JSONDecoder().decode(
      kind, from: Data(contentsOf: URL(fileURLWithPath: path("\(name).json"))))
  }
}

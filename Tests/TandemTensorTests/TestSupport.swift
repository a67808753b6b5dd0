import Foundation
import TandemTensor
import Testing

/// Runs `body` with the path of a new, empty folder, which is removed afterwards.
@discardableResult
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("tandem-tests-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// The path of a file that `Tests/Fixtures/TandemTensor/make_fixtures.py` wrote.
func fixture(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../Fixtures/TandemTensor/\(name)").standardized.path
}

func bytes(of path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

func write(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// The one-line message of the error that `body` throws; nil if it does not throw.
func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}

/// Every truncation of `original`, and `mutations` copies with one to four bytes changed at random:
/// what a reader must survive without crashing.
func damagedCopies(of original: [UInt8], mutations: Int) -> [[UInt8]] {
  var random = CounterRandom(seed: 1, purpose: .test).sequence(0)
  let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(ascii: "9"), UInt8(ascii: ",")]
  var copies = original.indices.map { Array(original[..<$0]) }
  for _ in 0..<mutations {
    var copy = original
    for _ in 0...Int.random(in: 0...3, using: &random) {
      let position = Int.random(in: 0..<copy.count, using: &random)
      copy[position] =
        Bool.random(using: &random)
        ? UInt8.random(in: 0...255, using: &random)
        : interesting[Int.random(in: 0..<interesting.count, using: &random)]
    }
    copies.append(copy)
  }
  return copies
}

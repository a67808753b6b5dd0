/// What the pictures of a data set are for, as folders, tables and shards are named after it.
enum PicturePart: String, Codable, CaseIterable, Sendable {
  case training
  case validation
  case test

  /// Names of folders, and what names of tables and shards begin with, in lower case.
  var names: [String] {
    switch self {
    case .training: ["train", "training", "training_set"]
    case .validation: ["val", "valid", "validation", "validation_set"]
    case .test: ["test", "testing", "test_set"]
    }
  }

  /// The part that a folder, table (`train.csv`) or shard (`train-000000.tar`) is named after.
  init?(named name: String) {
    let name = name.lowercased()
    guard let part = Self.allCases.first(where: { $0.names.contains(name) }) else { return nil }
    self = part
  }

  /// The part that a file's name begins with: `val-000001.tar`, `imagenet-train-000001.tar`.
  init?(inNameOfFile name: String) {
    let words = name.lowercased().split { !$0.isLetter }.map(String.init)
    guard let part = words.lazy.compactMap({ PicturePart(named: $0) }).first else { return nil }
    self = part
  }
}

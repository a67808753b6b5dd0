import Foundation

/// Values kept as JSON in a safetensors file's metadata.
struct Metadata {
  let path: String
  let values: [String: String]
  /// The error for what cannot be read: of a path and a problem.
  let damage: (String, String) -> TrainingError

  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// nil if the key is missing.
  func decode<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value? {
    guard let text = values[key] else { return nil }
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw damage(path, "its metadata \"\(key)\" cannot be read")
    }
  }

  func require<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value {
    guard let value = try decode(type, key) else {
      throw damage(path, "its metadata lacks \"\(key)\"")
    }
    return value
  }
}

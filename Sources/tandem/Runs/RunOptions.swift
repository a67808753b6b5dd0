/// Options that a command line gave, by their long names without dashes, each once.
struct RunOptions: Hashable, Codable, Sendable {
  /// What was given with an option.
  enum Value: Hashable, Sendable {
    case flag
    case text(String)
    /// Of an option that may be given several times.
    case texts([String])
  }

  private var values: [String: Value] = [:]

  init() {}

  subscript(name: String) -> Value? { values[name] }

  var names: [String] { values.keys.sorted() }

  mutating func set(_ value: Value, for name: String) { values[name] = value }

  mutating func remove(_ name: String) { values[name] = nil }

  /// The text of an option that has one value.
  func text(_ name: String) -> String? {
    guard case .text(let text) = values[name] else { return nil }
    return text
  }

  /// As words of a command line, in the order of the names. A value stands in the word of its
  /// option, so that one that begins with a dash is not taken for another option.
  var words: [String] {
    names.flatMap { name -> [String] in
      switch values[name] {
      case .flag: ["--\(name)"]
      case .text(let text): ["--\(name)=\(text)"]
      case .texts(let texts): texts.map { "--\(name)=\($0)" }
      case nil: []
      }
    }
  }

  /// These options but for what others say: the same ones, and flags whose opposite is among them.
  func without(_ others: RunOptions) -> RunOptions {
    var rest = self
    for name in others.names {
      rest.remove(name)
      rest.remove(name.hasPrefix("no-") ? String(name.dropFirst(3)) : "no-" + name)
    }
    return rest
  }

  /// These options, and of `others` those that are not among them.
  func filled(from others: RunOptions) -> RunOptions {
    var filled = others
    filled.values.merge(values) { _, own in own }
    return filled
  }

  init(from decoder: any Decoder) throws {
    values = try decoder.singleValueContainer().decode([String: Value].self)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(values)
  }
}

/// In JSON `true`, a text, or a list of texts.
extension RunOptions.Value: Codable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self), flag {
      self = .flag
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let texts = try? container.decode([String].self) {
      self = .texts(texts)
    } else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "neither a text, nor a list of texts, nor true")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .flag: try container.encode(true)
    case .text(let text): try container.encode(text)
    case .texts(let texts): try container.encode(texts)
    }
  }
}

/// A setting that checkpoints keep as a value of one type.
struct SavedField<Value: SavedValue & Equatable>: SavedSetting {
  /// What a checkpoint means that keeps nothing.
  enum Missing: Sendable {
    /// That it is damaged.
    case isDamage
    /// The default, which earlier versions had not given a name yet.
    case means(Value)
    /// That there is none, in words.
    case isCalled(String)
  }

  /// What to do about a difference.
  enum Remedy: Sendable {
    /// To use the value, which is named.
    case value
    /// To use the same one, which would be too long to name.
    case same
  }

  /// Stands before the value: `a batch size of`.
  private let what: String
  private let missing: Missing
  private let remedy: Remedy
  private let read: @Sendable (TrainingOptions) -> Value?
  private let text: @Sendable (_ value: Value, _ other: Value?) -> String

  /// - Parameters:
  ///   - text: the value, beside one that differs.
  init(
    _ what: String, _ missing: Missing = .isDamage, remedy: Remedy = .value,
    text: @escaping @Sendable (_ value: Value, _ other: Value?) -> String = { value, _ in
      "\(value)"
    },
    _ read: @escaping @Sendable (TrainingOptions) -> Value?
  ) {
    self.what = what
    self.missing = missing
    self.remedy = remedy
    self.read = read
    self.text = text
  }

  func value(of options: TrainingOptions) -> (any SavedValue)? {
    let value = read(options)
    if case .means(let known) = missing, value == known { return nil }
    return value
  }

  func decode<Key: CodingKey>(
    from container: KeyedDecodingContainer<Key>, forKey key: Key
  ) throws -> (any SavedValue)? {
    if case .isDamage = missing { return try container.decode(Value.self, forKey: key) }
    return try container.decodeIfPresent(Value.self, forKey: key)
  }

  func difference(
    _ name: String, saved: (any SavedValue)?, current: (any SavedValue)?
  ) -> SettingDifference? {
    let saved = known(saved)
    let current = known(current)
    if saved == current { return nil }
    let advice =
      switch remedy {
      case .same: "use the same `\(name)`"
      case .value: saved.map { "use `\(name)` \(text($0, current))" } ?? "use no `\(name)`"
      }
    return SettingDifference(
      what: what, saved: shown(saved, beside: current), current: shown(current, beside: saved),
      remedy: advice)
  }

  private func known(_ value: (any SavedValue)?) -> Value? {
    if let value = value as? Value { return value }
    guard case .means(let known) = missing else { return nil }
    return known
  }

  private func shown(_ value: Value?, beside other: Value?) -> String {
    if let value { return text(value, other) }
    guard case .isCalled(let words) = missing else { return "none" }
    return words
  }
}

extension SavedField where Value: RawRepresentable<String> {
  /// A choice, by its name.
  static func choice(
    _ what: String, _ missing: Missing = .isDamage,
    _ read: @escaping @Sendable (TrainingOptions) -> Value?
  ) -> Self {
    Self(what, missing, text: { value, _ in value.rawValue }, read)
  }
}

/// What can be kept of a setting.
package typealias SavedValue = Codable & Sendable

/// What checkpoints keep of a setting, under its name, and how a run that continues one is compared
/// with it.
package protocol SavedSetting: Sendable {
  /// nil for what is kept by keeping nothing.
  ///
  /// - Parameter options: of a run, as it was decided: with a number of shards, for example.
  func value(of options: TrainingOptions) -> (any SavedValue)?

  /// - Throws: `DecodingError` for what is not there or cannot be read.
  func decode<Key: CodingKey>(
    from container: KeyedDecodingContainer<Key>, forKey key: Key
  ) throws -> (any SavedValue)?

  /// nil if both are the same.
  func difference(
    _ name: String, saved: (any SavedValue)?, current: (any SavedValue)?
  ) -> SettingDifference?
}

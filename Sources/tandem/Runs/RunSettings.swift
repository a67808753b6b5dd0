import Tandem
import TandemTraining

/// The settings of a training as `run.json` has them, and what became of them in a continued run.
enum RunSettings {
  /// All settings that ranks have in common and that people choose.
  /// - Parameter given: the options of the command line.
  static func decided(_ trainer: Trainer, given: RunOptions) -> [String: RunRecord.Setting] {
    var options = trainer.options
    let isChosen: Set<String> = Set(
      [
        options.shards == nil ? "shards" : nil,
        options.mesh == nil && trainer.mesh != nil ? "mesh" : nil,
      ].compactMap(\.self))
    options.shards = trainer.shards
    options.mesh = trainer.mesh
    return TrainingSettings.all.reduce(into: [:]) { settings, setting in
      guard case .same(_, let value) = setting.ranks else { return }
      let source: RunRecord.Setting.Source =
        isGiven(setting.name, given) ? .given : isChosen.contains(setting.name) ? .chosen : .default
      settings[setting.name] = RunRecord.Setting(value: value(options), source: source)
    }
  }

  /// Whether an option of the setting was given: the first word of what the tool calls it.
  private static func isGiven(_ setting: String, _ given: RunOptions) -> Bool {
    guard let words = OptionNames.words[setting], words.hasPrefix("--") else { return false }
    return given[String(words.dropFirst(2).prefix { $0 != " " && $0 != "," })] != nil
  }

  /// Settings that differ, each as `epochs 5 → 20`.
  static func changes(
    from former: [String: RunRecord.Setting], to present: [String: RunRecord.Setting]
  ) -> [String] {
    changed(from: former, to: present).map { name in
      "\(name) \(former[name]?.value ?? "none") → \(present[name]?.value ?? "none")"
    }
  }

  /// In the order of the table of settings.
  private static func changed(
    from former: [String: RunRecord.Setting], to present: [String: RunRecord.Setting]
  ) -> [String] {
    TrainingSettings.all.map(\.name).filter { former[$0]?.value != present[$0]?.value }
  }

  /// What a continued run does otherwise, and what that means for its result, in one line; nil if
  /// nothing differs.
  static func note(
    from former: [String: RunRecord.Setting], to present: [String: RunRecord.Setting]
  ) -> String? {
    let names = changed(from: former, to: present)
    if names.isEmpty { return nil }
    let deciding = TrainingSettings.all.filter(\.changesWeights).map(\.name)
    // More epochs are the same steps and then more, unless the rate depends on their number.
    let isConstant = present["schedule"]?.value.hasPrefix("\(ConstantSchedule())") ?? false
    let decides = names.contains { deciding.contains($0) && !($0 == "epochs" && isConstant) }
    return "the run that is continued has other settings now, "
      + changes(from: former, to: present).joined(separator: ", ")
      + (decides ? ": a new course from here on" : ": the same bits as without the interruption")
  }
}

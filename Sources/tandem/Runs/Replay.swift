import Tandem
import TandemTraining

/// What `train --replay FOLDER` takes from the record of a run, besides its options.
enum Replay {
  /// The options of the run, with what only its first session was given, and its last step.
  /// - Throws: `RunRecordError` for a run whose beginning is elsewhere.
  static func options(
    of record: RunRecord, path: String, _ catalogue: OptionCatalogue
  ) throws -> RunOptions {
    guard record.sessions[0].firstStep == 0 else {
      throw RunRecordError(path: path, fact: .noBeginning(step: record.sessions[0].firstStep))
    }
    var options = ResumedOptions.options(of: record)
    // The weights that it began with.
    let first = catalogue.options(in: Array(record.sessions[0].command.dropFirst(2)))
    for name in ["weights", "weights-strict", "no-weights-strict"] {
      if let value = first[name] { options.set(value, for: name) }
    }
    // A run that was stopped is repeated as far as it went.
    if let last = record.sessions.last, let steps = last.steps, steps > 0,
      [TrainingResult.Ending.interrupted.rawValue, TrainingResult.Ending.stepLimit.rawValue]
        .contains(last.ending ?? "")
    {
      options.set(.text("\(steps)"), for: "steps")
    }
    return options
  }

  /// Why the repetition may come to other weights, in one line; nil where it does not.
  static func note(of record: RunRecord) -> String? {
    let changes = record.sessions.compactMap(\.changes).flatMap(\.self)
    if changes.isEmpty { return nil }
    return "the run that is repeated was continued with other settings, "
      + changes.joined(separator: ", ") + ": the repetition has the last ones from its start"
  }
}

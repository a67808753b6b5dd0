import ArgumentParser
import Foundation
import Tandem
import TandemTensor
import TandemTraining

/// A run's output folder as far as it tells something; what it does not tell is said, and hides
/// nothing else.
struct ReportedRun {
  let folder: String
  let record: RunRecord?
  /// nil before the end of the first epoch.
  let course: PlottedRun?
  /// What is not there or not understood, in sentences without a full stop.
  let problems: [String]

  /// - Throws: `FileError` if there is no such folder, `PlotError` if no run has written anything
  ///   there.
  init(_ folder: String) throws {
    self.folder = folder
    guard FileSystem.isFolder(folder) else {
      throw FileError.cannotRead(
        path: folder, code: FileSystem.exists(folder) ? ENOTDIR : ENOENT)
    }
    var problems: [String] = []
    func attempt<Value>(_ what: String, _ body: () throws -> Value) -> Value? {
      do {
        return try body()
      } catch {
        problems.append("\(what): \(Self.reason(error))")
        return nil
      }
    }
    record = attempt("What the run was is not known") { try RunRecord(folder: folder) }
    course = attempt("There are no curves") { try PlottedRun(folder: folder) }
    self.problems = problems
    let hasWeights = (try? ModelFile(contentsOf: folder)) != nil
    if record == nil, course == nil, !hasWeights, !RunRecord.exists(in: folder) {
      throw PlotError(folder: folder, fact: .noHistory)
    }
  }

  /// The weights that are looked into: the best ones where they were kept, else the last ones.
  var weights: (path: String, words: String) {
    let best = folder + "/best"
    return FileSystem.isFolder(best) ? (best, "the best weights") : (folder, "the last weights")
  }

  /// An error in one line, in the tool's words.
  static func reason(_ error: any Error) -> String {
    // The parser knows how to word its own errors, and takes the others as they are.
    let text = EvaluateCommand.message(for: error)
    return OptionNames.worded(text).split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  // MARK: Data

  /// Of a training's options those that an evaluation needs to see the same images.
  private static let dataOptions = [
    "limit-train", "limit-test", "input-size", "resize", "validation-split", "split-seed",
    "skip-broken",
  ]

  /// What the weights make of the data.
  /// - Throws: what reading weights and data, and evaluating, throws.
  func measure(_ settings: ReportSettings) throws -> MeasuredWeights {
    let recorded = record?.options.text("data").map { path -> String in
      // A relative path may be meant from where the run was started.
      let there = (record?.sessions[0].workingDirectory ?? ".") + "/" + path
      return !path.hasPrefix("/") && !FileSystem.exists(path) && FileSystem.exists(there)
        ? there : path
    }
    guard let data = settings.data ?? recorded else {
      throw ValidationError(
        "the run does not say what it was trained on; name the data with --data")
    }
    // Those of a data set that takes other options, as one of arrays does, follow.
    do {
      return try measure(on: data, settings, leavingOut: [])
    } catch is ValidationError {
      return try measure(
        on: data, settings, leavingOut: Set(Self.dataOptions.filter { !$0.hasPrefix("limit") }))
    }
  }

  private func measure(
    on data: String, _ settings: ReportSettings, leavingOut left: Set<String>
  ) throws -> MeasuredWeights {
    var options = RunOptions()
    options.set(.text(weights.path), for: "weights")
    options.set(.text(data), for: "data")
    if let workers = settings.workers { options.set(.text("\(workers)"), for: "workers") }
    for name in Self.dataOptions where !left.contains(name) {
      if let value = record?.options[name] { options.set(value, for: name) }
    }
    let command = try EvaluateCommand.parse(options.words)
    return try MeasuredWeights(
      weights.path, by: command, on: try command.read(), atMost: settings.mostImages, in: .solo)
  }
}

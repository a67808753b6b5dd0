import Foundation
import Logging
import Tandem
import TandemInsight
import TandemTensor

/// Makes the report of runs and writes it.
enum ReportFile {
  /// What a report in a run's folder is called.
  static let name = "report.html"

  /// What was written.
  struct Written: Encodable {
    let output: String
    let bytes: Int
    let seconds: Double
    let runs: [String]
    /// The titles of its sections.
    let sections: [String]
    /// What could not be shown, and why.
    let missing: [String]
    /// Whether curves can be read and enlarged.
    let isInteractive: Bool
  }

  /// The report of a run that has just ended, in its folder. Nothing that goes wrong with it costs
  /// the training anything: it is a warning.
  static func writeAfterTraining(in folder: String, workers: Int?) {
    var settings = ReportSettings()
    settings.workers = workers
    let path = folder + "/" + name
    do {
      let written = try write([folder], to: path, settings)
      let rest = written.missing.isEmpty ? "" : "; what is missing is named in it"
      Logger(label: "tandem.train").notice("the report of the run is \(path)\(rest)")
    } catch {
      StandardErrorLog.warn([
        "the report could not be made, and the training is complete all the same: "
          + ReportedRun.reason(error)
      ])
    }
  }

  /// - Throws: what `ReportedRun` throws, `FileError`.
  static func write(
    _ folders: [String], to path: String, _ settings: ReportSettings
  ) throws -> Written {
    let start = ContinuousClock.now
    let runs = try folders.map(ReportedRun.init)
    let page =
      runs.count == 1
      ? RunReport(runs[0], settings).page()
      : ComparisonReport(runs: runs, settings: settings).page()
    let bytes = Data(page.source.utf8)
    try AtomicFile.write(bytes, to: path)
    return Written(
      output: path, bytes: bytes.count, seconds: (ContinuousClock.now - start) / .seconds(1),
      runs: folders, sections: page.sections.map(\.title), missing: page.missing,
      isInteractive: page.library != nil)
  }
}

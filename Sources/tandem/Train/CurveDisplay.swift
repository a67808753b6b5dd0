import Foundation
import Tandem
import TandemInsight
import TandemProcess
import TandemTraining

/// Curves below the progress of a training.
///
/// Safe to share: events come from one thread at a time, as `TrainingObserver` promises.
final class CurveDisplay: TrainingObserver, @unchecked Sendable {
  private var records: [EpochRecord] = []

  /// What shows the progress on standard error: on a terminal with curves that grow below it, else
  /// with curves at the end.
  static func observers() -> [any TrainingObserver] {
    let curves = CurveDisplay()
    guard MessageStream.standardError.isTerminal else {
      return [ProgressDisplay.automatic(), curves]
    }
    let style = TerminalPlot.style(isTerminal: true, TerminalCurves.environment)
    return [
      ProgressBar(footer: { records, columns in
        Self.lines(records, columns: columns, style: style)
      })
    ]
  }

  func receive(_ event: TrainingEvent) {
    switch event {
    case .started(let start): records = start.previousEpochs
    case .epochFinished(let record): records.append(record)
    case .finished:
      let style = TerminalPlot.style(isTerminal: false, TerminalCurves.environment)
      let lines = Self.lines(records, columns: 80, style: style)
      MessageStream.standardError.write(lines.map { $0 + "\n" }.joined())
    case .warning, .stepFinished, .evaluationStarted, .changed, .checkpointWritten: break
    }
  }

  /// Loss and accuracy of the epochs so far; nothing before there is a curve.
  private static func lines(
    _ records: [EpochRecord], columns: Int, style: TerminalPlot.Style
  ) -> [String] {
    guard records.count > 1 else { return [] }
    let run = PlottedRun(name: "", records)
    return TerminalCurves.lines(
      [PlotQuantity.loss, .accuracy].map { $0.panel([run], by: .epoch) }, columns: columns,
      style: style)
  }
}

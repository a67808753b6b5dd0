import Dispatch
import Foundation
import TandemNetwork
import TandemProcess

/// Shows a run as plain lines, for files and pipes: one per epoch, and one every few seconds in
/// between.
///
/// Safe to share: events come from one thread at a time, as `TrainingObserver` promises.
package final class PlainProgress: TrainingObserver, @unchecked Sendable {
  private let writeLine: (String) -> Void
  private let intervalSeconds: Double
  private var epochs = 0
  private var rate = ProgressRate()
  private var lastLine = DispatchTime.now()

  /// A disk that is full, or a reader that has gone away, is no reason to stop a training.
  package convenience init(output: FileHandle = .standardError, intervalSeconds: Double = 10) {
    self.init(intervalSeconds: intervalSeconds) { line in
      MessageStream(descriptor: output.fileDescriptor).writeLine(line)
    }
  }

  /// - Parameter writeLine: takes each line, without an end.
  package init(intervalSeconds: Double = 10, writeLine: @escaping (String) -> Void) {
    self.intervalSeconds = intervalSeconds
    self.writeLine = writeLine
  }

  package func receive(_ event: TrainingEvent) {
    switch event {
    case .started(let start):
      epochs = start.epochs
      for line in ProgressText.start(start) { write(line) }
    case .warning(let text):
      write("warning: " + text)
    case .stepFinished(let step):
      rate.add(step)
      guard lastLine.secondsToNow >= intervalSeconds else { return }
      write(Self.line(step, rate: rate))
    case .epochFinished(let record):
      write(ProgressText.epoch(record, of: epochs))
      for line in ProgressText.layers(record) { write(line) }
    case .changed(let change):
      write("\(change)")
    case .checkpointWritten, .evaluationStarted:
      break
    case .finished(let result):
      if let ending = ProgressText.ending(result) { write(ending) }
      if let hint = result.resumeHint { write(hint) }
    }
  }

  package static func line(_ step: StepRecord, rate: ProgressRate) -> String {
    "epoch \(step.epoch)/\(step.epochs)  step \(step.stepInEpoch)/\(step.stepsPerEpoch)  "
      + "\(ProgressText.rate(rate.imagesPerSecond))  "
      + "loss \(decimals(step.loss, 4))  "
      + "top-1 \(percent(step.top1))  "
      + "\(ProgressText.duration(rate.secondsLeft(step))) left"
  }

  private func write(_ line: String) {
    lastLine = .now()
    writeLine(line)
  }
}

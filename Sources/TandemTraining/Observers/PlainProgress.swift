import Dispatch
import Foundation
import TandemNetwork

/// Shows a run as plain lines, for files and pipes: one per epoch, and one every few seconds in
/// between.
///
/// Safe to share: events come from one thread at a time, as `TrainingObserver` promises.
public final class PlainProgress: TrainingObserver, @unchecked Sendable {
  private let output: FileHandle
  private let intervalSeconds: Double
  private var epochs = 0
  private var rate = ProgressRate()
  private var lastLine = DispatchTime.now()

  public init(output: FileHandle = .standardError, intervalSeconds: Double = 10) {
    self.output = output
    self.intervalSeconds = intervalSeconds
  }

  public func receive(_ event: TrainingEvent) throws {
    switch event {
    case .started(let start):
      epochs = start.epochs
      for line in ProgressText.start(start) { try write(line) }
    case .warning(let text):
      try write("warning: " + text)
    case .stepFinished(let step):
      rate.add(step)
      guard lastLine.secondsToNow >= intervalSeconds else { return }
      try write(Self.line(step, rate: rate))
    case .epochFinished(let record):
      try write(ProgressText.epoch(record, of: epochs))
    case .checkpointWritten, .evaluationStarted:
      break
    case .finished(let result):
      if let ending = ProgressText.ending(result) { try write(ending) }
      if let hint = result.resumeHint { try write(hint) }
    }
  }

  package static func line(_ step: StepRecord, rate: ProgressRate) -> String {
    "epoch \(step.epoch)/\(step.epochs)  step \(step.stepInEpoch)/\(step.stepsPerEpoch)  "
      + "\(ProgressText.rate(rate.imagesPerSecond))  "
      + "loss \(decimals(step.loss, 4))  "
      + "top-1 \(percent(step.top1))  "
      + "\(ProgressText.duration(rate.secondsLeft(step))) left"
  }

  private func write(_ line: String) throws {
    lastLine = .now()
    try output.write(contentsOf: Data((line + "\n").utf8))
  }
}

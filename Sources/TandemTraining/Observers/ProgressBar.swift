import Dispatch
import Foundation
import TandemNetwork
import TandemProcess

/// Shows a run on a terminal: one line that is rewritten while an epoch runs, and a line that stays
/// for each epoch.
///
/// Safe to share: events come from one thread at a time, as `TrainingObserver` promises.
package final class ProgressBar: TrainingObserver, @unchecked Sendable {
  private let output: FileHandle
  private let columns: () -> Int
  private let footer: (_ epochs: [EpochRecord], _ columns: Int) -> [String]
  private var records: [EpochRecord] = []
  /// Lines below those that stay, which are drawn anew whenever one more stays.
  private var footerLines: [String] = []
  private var epochs = 0
  private var rate = ProgressRate()
  private var lastDrawn = DispatchTime(uptimeNanoseconds: 0)
  private var isLineOpen = false

  /// - Parameters:
  ///   - output: a terminal.
  ///   - footer: lines to show below those that stay, of the epochs so far.
  package convenience init(
    output: FileHandle = .standardError,
    footer: @escaping (_ epochs: [EpochRecord], _ columns: Int) -> [String] = { _, _ in [] }
  ) {
    self.init(output: output, columns: { Self.terminalColumns(output) }, footer: footer)
  }

  package init(
    output: FileHandle, columns: @escaping () -> Int,
    footer: @escaping (_ epochs: [EpochRecord], _ columns: Int) -> [String] = { _, _ in [] }
  ) {
    self.output = output
    self.columns = columns
    self.footer = footer
  }

  package func receive(_ event: TrainingEvent) {
    switch event {
    case .started(let start):
      epochs = start.epochs
      records = start.previousEpochs
      for line in ProgressText.start(start) { keep(line) }
    case .warning(let text):
      keep("warning: " + text)
    case .stepFinished(let step):
      rate.add(step)
      // More than ten times a second cannot be read, and terminals are slow.
      guard lastDrawn.secondsToNow >= 0.1 || step.stepInEpoch == step.stepsPerEpoch else { return }
      lastDrawn = .now()
      draw(Self.line(step, rate: rate, columns: columns()))
    case .evaluationStarted(let images):
      draw(String("evaluating \(images.grouped) images".prefix(Self.room(columns()))))
    case .epochFinished(let record):
      records.append(record)
      let lines = [ProgressText.epoch(record, of: epochs)] + ProgressText.layers(record)
      keep(lines, footer: footer(records, columns()))
    case .changed(let change):
      keep("\(change)")
    case .checkpointWritten:
      break
    case .finished(let result):
      if let ending = ProgressText.ending(result) { keep(ending) }
      if let hint = result.resumeHint { keep(hint) }
      write(isLineOpen ? Self.eraseLine : "")
    }
  }

  /// `epoch 2/5 [=====>    ]  312/600  21,300 images/s  loss 0.4312  top-1 84.10 %  0:12 left`,
  /// with less where there is no room for all of it, down to `2/5 52%`.
  package static func line(_ step: StepRecord, rate: ProgressRate, columns: Int) -> String {
    let room = room(columns)
    let epoch = "epoch \(step.epoch)/\(step.epochs)"
    let steps = "\(step.stepInEpoch)/\(step.stepsPerEpoch)"
    let speed = ProgressText.rate(rate.imagesPerSecond)
    let loss = "loss \(decimals(step.loss, 4))"
    let accuracy = "top-1 \(percent(step.top1))"
    let left = "\(ProgressText.duration(rate.secondsLeft(step))) left"

    let rest = "  " + [steps, speed, loss, accuracy, left].joined(separator: "  ")
    let width = min(30, room - epoch.count - " []".count - rest.count)
    if width >= 3 { return epoch + " " + bar(step, width: width) + rest }
    // What says least goes first.
    let selections = [
      [epoch, steps, speed, loss, accuracy, left], [epoch, steps, loss, accuracy, left],
      [epoch, steps, loss, left], [epoch, steps, loss], [epoch, steps],
      ["\(step.epoch)/\(step.epochs) \(100 * step.stepInEpoch / step.stepsPerEpoch)%"],
    ]
    let lines = selections.map { $0.joined(separator: "  ") }
    return lines.first { $0.count <= room } ?? String(lines[lines.count - 1].prefix(room))
  }

  private static func bar(_ step: StepRecord, width: Int) -> String {
    let done = width * step.stepInEpoch / step.stepsPerEpoch
    let head = done < width ? ">" : ""
    return "[" + String(repeating: "=", count: done) + head
      + String(repeating: " ", count: width - done - head.count) + "]"
  }

  /// The last column stays free: some terminals break the line there.
  private static func room(_ columns: Int) -> Int { max(0, columns - 1) }

  private static let eraseLine = "\r\u{1B}[K"

  private func draw(_ line: String) {
    write(Self.eraseLine + line)
    isLineOpen = true
  }

  private func keep(_ line: String) { keep([line], footer: footerLines) }

  private func keep(_ lines: [String], footer: [String]) {
    let rise = footerLines.isEmpty ? "" : "\u{1B}[\(footerLines.count)A\r\u{1B}[J"
    let kept = lines.map { MessageStream.wording($0).messageLine } + footer
    write(
      (isLineOpen ? Self.eraseLine : "") + rise + kept.map { $0 + "\n" }.joined())
    footerLines = footer
    isLineOpen = false
  }

  /// A terminal that has gone away is no reason to stop a training.
  private func write(_ text: String) {
    MessageStream(descriptor: output.fileDescriptor).write(text)
  }

  private static func terminalColumns(_ output: FileHandle) -> Int {
    var size = winsize()
    let status = ioctl(output.fileDescriptor, UInt(TIOCGWINSZ), &size)
    return status == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}

import Dispatch
import Foundation
import Tandem
import TandemTensor

/// Writes a line of comma-separated values for each step.
///
/// A run that is continued goes on in the same file: steps after its checkpoint, which are made
/// again, are taken out first.
///
/// Safe to share: events come from one thread at a time, as `TrainingObserver` promises.
final class StepLog: TrainingObserver, @unchecked Sendable {
  static let header =
    "epoch,step,images,learningRate,loss,top1,secondsInEpoch,bytesSent,secondsExposed"
  /// How long lines may wait for others.
  private static let patienceSeconds = 1.0

  private let path: String
  private var file: FileHandle?
  private var lines = ""
  private var lastWrite = DispatchTime.now()
  private var losses = StepLosses()

  init(path: String) {
    self.path = path
  }

  /// - Throws: `FileError`.
  func receive(_ event: TrainingEvent) throws {
    switch event {
    case .started(let start): try begin(after: start.resumedSteps)
    case .stepFinished(let step):
      let own = losses.add(step)
      let cells = [
        "\(step.epoch)", "\(step.step)", "\(step.images)", "\(step.learningRate)", "\(own.loss)",
        "\(own.top1)", "\(step.secondsInEpoch)", "\(step.exchange.bytesSent)",
        "\(step.exchange.secondsExposed)",
      ]
      lines += CommaSeparated.line(cells) + "\n"
      if Double(DispatchTime.now().uptimeNanoseconds - lastWrite.uptimeNanoseconds)
        > Self.patienceSeconds * 1e9
      {
        try flush()
      }
    case .epochFinished, .finished: try flush()
    case .warning, .evaluationStarted, .changed, .checkpointWritten: break
    }
  }

  private func begin(after step: Int) throws {
    try AtomicFile.write(Data((Self.header + "\n" + kept(until: step)).utf8), to: path)
    let descriptor = FileSystem.open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.cannotWrite(path: path, code: errno) }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// The lines of steps that need not be made again.
  private func kept(until step: Int) throws -> String {
    guard step > 0, FileSystem.status(path)?.isRegularFile ?? false else { return "" }
    let text = String(decoding: try RegularFile.contents(path), as: UTF8.self)
    let kept = text.split(separator: "\n").filter { line in
      let cells = line.split(separator: ",")
      return cells.count > 1 && Int(cells[1]).map { $0 <= step } ?? false
    }
    return kept.map { $0 + "\n" }.joined()
  }

  private func flush() throws {
    lastWrite = .now()
    guard let file, !lines.isEmpty else { return }
    var bytes = Array(lines.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(file.fileDescriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw FileError.cannotWrite(path: path, code: errno) }
      bytes = bytes.dropFirst(written)
    }
    lines = ""
  }
}

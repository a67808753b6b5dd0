import Foundation
import TandemTensor

/// Keeps `history.csv` and `history.json`, one entry per epoch, complete after each epoch.
///
/// Safe to share: events come from one thread at a time, as `TrainingObserver` promises.
package final class HistoryWriter: TrainingObserver, @unchecked Sendable {
  package static let csvName = "history.csv"
  package static let jsonName = "history.json"

  private let folder: String
  private var start: TrainingStart?
  private var records: [EpochRecord] = []

  /// - Parameter folder: an existing folder.
  package init(folder: String) {
    self.folder = folder
  }

  package func receive(_ event: TrainingEvent) throws {
    switch event {
    case .started(let start):
      self.start = start
      records = start.previousEpochs
    case .epochFinished(let record):
      records.append(record)
      try AtomicFile.write(Data(Self.csv(records).utf8), to: folder + "/" + Self.csvName)
      try AtomicFile.write(json(), to: folder + "/" + Self.jsonName)
    case .warning, .stepFinished, .evaluationStarted, .checkpointWritten, .finished:
      break
    }
  }

  /// One line per epoch under a line of names; cells of what was not measured are empty.
  package static func csv(_ records: [EpochRecord]) -> String {
    func cell(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    let header =
      "epoch,step,learningRate,trainLoss,trainTop1,testLoss,testTop1,testTop5,imagesPerSecond,"
      + "seconds,secondsWaitingForData,bytesSent,secondsExchanging,secondsExposed"
    let lines = records.map { record in
      [
        "\(record.epoch)", "\(record.step)", "\(record.learningRate)", cell(record.trainLoss),
        cell(record.trainTop1), cell(record.testLoss), cell(record.testTop1), cell(record.testTop5),
        cell(record.imagesPerSecond), cell(record.seconds), cell(record.secondsWaitingForData),
        "\(record.exchange.bytesSent)", cell(record.exchange.secondsExchanging),
        cell(record.exchange.secondsExposed),
      ].joined(separator: ",")
    }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }

  private struct Document: Encodable {
    let run: RunFacts?
    let epochs: [EpochRecord]
  }

  /// What the epochs have in common.
  private struct RunFacts: Encodable {
    let network: String
    let trainableParameters: Int
    let dataset: String
    let trainImages: Int
    let testImages: Int
    let optimizer: String
    let batchSize: Int
    let ranks: Int
    let workers: Int
    let shards: Int

    init(_ start: TrainingStart) {
      network = start.network
      trainableParameters = start.trainableParameters
      dataset = start.dataset
      trainImages = start.trainImages
      testImages = start.testImages
      optimizer = start.optimizer
      batchSize = start.batchSize
      ranks = start.ranks
      workers = start.workers
      shards = start.shards
    }
  }

  private func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(Document(run: start.map(RunFacts.init), epochs: records))
      + Data("\n".utf8)
  }
}

import Foundation
import TandemData
import TandemTensor

/// Keeps `history.csv` and `history.json`, one entry per epoch, complete after each epoch, and
/// `layers.csv` where layers are measured.
///
/// Safe to share: events come from one thread at a time, as `TrainingObserver` promises.
package final class HistoryWriter: TrainingObserver, @unchecked Sendable {
  package static let csvName = "history.csv"
  package static let jsonName = "history.json"
  package static let layersName = "layers.csv"

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
      if record.layers != nil {
        try AtomicFile.write(Data(Self.layersCSV(records).utf8), to: folder + "/" + Self.layersName)
      }
    case .warning, .stepFinished, .evaluationStarted, .changed, .checkpointWritten, .finished:
      break
    }
  }

  /// One line per epoch under a line of names; cells of what was not measured are empty. What was
  /// measured with averaged weights stands at the end, if there is any of it.
  package static func csv(_ records: [EpochRecord]) -> String {
    func cell(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    let part = records.first { $0.testLoss != nil }?.measuredPart ?? .test
    let quantities = ["Loss", "Top1", "Top5"]
    let measured = quantities.map { part.rawValue + $0 }.joined(separator: ",")
    let hasAverages = records.contains { $0.emaLoss != nil }
    let averaged =
      hasAverages ? quantities.map { ",ema" + part.rawValue.capitalized + $0 }.joined() : ""
    let header =
      "epoch,step,learningRate,trainLoss,trainTop1,\(measured),imagesPerSecond,"
      + "seconds,secondsWaitingForData,bytesSent,secondsExchanging,secondsExposed" + averaged
    let lines = records.map { record in
      let averages = [record.emaLoss, record.emaTop1, record.emaTop5].map(cell)
      return [
        "\(record.epoch)", "\(record.step)", "\(record.learningRate)", cell(record.trainLoss),
        cell(record.trainTop1), cell(record.testLoss), cell(record.testTop1), cell(record.testTop5),
        cell(record.imagesPerSecond), cell(record.seconds), cell(record.secondsWaitingForData),
        "\(record.exchange.bytesSent)", cell(record.exchange.secondsExchanging),
        cell(record.exchange.secondsExposed),
      ].joined(separator: ",") + (hasAverages ? "," + averages.joined(separator: ",") : "")
    }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }

  /// One line for each layer of each epoch that has been measured; cells of what there is not are
  /// empty.
  package static func layersCSV(_ records: [EpochRecord]) -> String {
    let header = "epoch,step,layer,meanWeight,meanChange,ratio,gradientNorm,deadShare"
    let lines = records.flatMap { record in
      (record.layers ?? []).map { layer in
        [
          "\(record.epoch)", "\(record.step)", layer.layer, "\(layer.meanWeight)",
          "\(layer.meanChange)", "\(layer.ratio)", layer.gradientNorm.map { "\($0)" } ?? "",
          layer.deadShare.map { "\($0)" } ?? "",
        ].joined(separator: ",")
      }
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
    /// Images that were measured with, and what they are.
    let measuredImages: Int
    let measuredPart: MeasuredPart
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
      measuredImages = start.testImages
      measuredPart = start.measuredPart
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

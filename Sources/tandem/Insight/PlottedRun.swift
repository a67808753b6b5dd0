import Foundation
import Tandem
import TandemInsight
import TandemTensor
import TandemTraining

/// The course of a run as far as its folder tells it: of a run that is under way its epochs so far,
/// of one of another version the numbers that are known.
struct PlottedRun {
  let name: String
  /// In order; at least one.
  let epochs: [Epoch]

  /// An epoch of `history.json`.
  struct Epoch: Decodable {
    let epoch: Int
    let step: Int?
    let learningRate: Double?
    let trainLoss: Double?
    let trainTop1: Double?
    private let testLoss: Double?
    private let testTop1: Double?
    private let validationLoss: Double?
    private let validationTop1: Double?
    let imagesPerSecond: Double?
    let seconds: Double?
    let secondsWaitingForData: Double?
    private let exchange: Exchange?
    let layers: [LayerStatistics]?

    private struct Exchange: Decodable { let secondsExposed: Double? }

    /// - Parameter record: of a run that is under way.
    init(_ record: EpochRecord) {
      epoch = record.epoch
      step = record.step
      learningRate = Double(record.learningRate)
      trainLoss = record.trainLoss
      trainTop1 = record.trainTop1
      let isValidated = record.measuredPart == .validation
      testLoss = isValidated ? nil : record.testLoss
      testTop1 = isValidated ? nil : record.testTop1
      validationLoss = isValidated ? record.testLoss : nil
      validationTop1 = isValidated ? record.testTop1 : nil
      imagesPerSecond = record.imagesPerSecond
      seconds = record.seconds
      secondsWaitingForData = record.secondsWaitingForData
      exchange = Exchange(secondsExposed: record.exchange.secondsExposed)
      layers = record.layers
    }

    /// Of the images that are measured with.
    var measuredLoss: Double? { testLoss ?? validationLoss }
    var measuredTop1: Double? { testTop1 ?? validationTop1 }
    var isValidated: Bool { validationLoss != nil }
    var secondsExposed: Double? { exchange?.secondsExposed }
  }

  /// - Parameter records: of a run that is under way, at least one.
  init(name: String, _ records: [EpochRecord]) {
    self.name = name
    epochs = records.map(Epoch.init)
  }

  /// - Parameter folder: the output folder of a run.
  /// - Throws: `PlotError`, `FileError`.
  init(folder: String) throws {
    name = folder
    let path = folder + "/" + HistoryWriter.jsonName
    guard FileSystem.isFolder(folder), FileSystem.exists(path) else {
      throw PlotError(folder: folder, fact: .noHistory)
    }
    struct History: Decodable { let epochs: [Epoch] }
    do {
      epochs = try JSONDecoder().decode(History.self, from: Data(RegularFile.contents(path))).epochs
    } catch let error as DecodingError {
      throw PlotError(folder: folder, fact: .damaged(RunRecordError.words(error)))
    }
    if epochs.isEmpty { throw PlotError(folder: folder, fact: .noHistory) }
  }

  /// nil where layers were not measured.
  func layerCurves(by axis: PlotAxis) -> LayerCurves? {
    LayerCurves(
      epochs.compactMap { epoch in
        axis.value(epoch).map { LayerCurves.Place($0, epoch.layers ?? []) }
      })
  }

  /// - Throws: `PlotError.noLayers`.
  func panelsOfLayers(by axis: PlotAxis) throws -> [PlotPanel] {
    guard let curves = layerCurves(by: axis) else {
      throw PlotError(folder: name, fact: .noLayers)
    }
    return curves.panels(xLabel: axis.rawValue)
  }

  /// `run1, training`; of a run without a name `training`.
  func lineName(_ what: String) -> String { name.isEmpty ? what : "\(name), \(what)" }

  /// What the measured images are called: `test`, `validation`.
  var measuredWord: String { epochs.contains(where: \.isValidated) ? "validation" : "test" }

  /// The epoch with the best accuracy of the measured images, or the least loss of them; nil where
  /// they were not evaluated.
  var best: Epoch? {
    epochs.filter { $0.measuredTop1 != nil }.max { ($0.measuredTop1 ?? 0) < ($1.measuredTop1 ?? 0) }
      ?? epochs.filter { $0.measuredLoss != nil }.min {
        ($0.measuredLoss ?? 0) < ($1.measuredLoss ?? 0)
      }
  }
}

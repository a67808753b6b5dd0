import Dispatch
import Foundation
import Logging
import TandemData
import TandemImage
import TandemNetwork
import TandemTensor
import TandemTraining

/// Writes a training's course as an event file, which TensorBoard shows: loss, accuracy and rate of
/// each step and epoch, histograms of the weights after each epoch and, with
/// `TrainingOptions.keepsGradients`, of the gradients of its last step, pictures of the first
/// mini-batch and of the first layer's kernels, the graph, and the hyper-parameters.
///
/// ```swift
/// let board = TensorBoardWriter(folder: "runs/first")
/// let trainer = try Trainer(
///   network: network, data: data, normalization: normalization, observers: [board])
/// board.follow(trainer, data)
/// ```
///
/// A run that is continued goes on in the same folder: what an earlier one wrote of steps that are
/// made again is no longer shown. Where the disk is full in the midst of a run, or images cannot be
/// had for a picture, a line is logged and the training goes on without.
///
/// Safe to share: set up before the run, and events come from one thread at a time, as
/// `TrainingObserver` promises.
public final class TensorBoardWriter: TrainingObserver, @unchecked Sendable {
  /// How long events may wait for others to be written with.
  private static let patienceSeconds = 1.0

  private let folder: String
  private let logger = Logger(label: "tandem.tensorboard")
  private weak var trainer: Trainer?
  private var data: DatasetPair?
  private var file: EventFile?
  private var hasFailed = false
  private var lastFlush = DispatchTime.now()
  private var losses = StepLosses()

  /// - Parameter folder: where the event file goes, made if there is none; the name of the run for
  ///   TensorBoard.
  public init(folder: String) {
    self.folder = folder
  }

  /// Finds out, before anything is computed, whether there is or can be such a folder to write to.
  /// - Throws: `FileError`.
  package static func check(_ folder: String) throws {
    try EventFile.makeFolder(folder)
    guard FileSystem.access(folder, W_OK) == 0 else {
      throw FileError.cannotWrite(path: folder, code: errno)
    }
  }

  /// Lets it see weights, images and settings, before the run. The trainer is not kept alive.
  public func follow(_ trainer: Trainer, _ data: DatasetPair) {
    self.trainer = trainer
    self.data = data
  }

  /// - Throws: `FileError` before the first step, if there can be no file.
  public func receive(_ event: TrainingEvent) throws {
    if case .started = event { file = try EventFile(folder: folder, time: Self.now) }
    if hasFailed { return }
    do {
      try write(event)
    } catch {
      hasFailed = true
      file = nil
      logger.warning("\(error); the training goes on without events for TensorBoard")
    }
  }

  private func write(_ event: TrainingEvent) throws {
    switch event {
    case .started(let start): try begin(start)
    case .stepFinished(let record):
      try append(stepValues(record), step: record.step)
      let waited = DispatchTime.now().uptimeNanoseconds - lastFlush.uptimeNanoseconds
      if Double(waited) > Self.patienceSeconds * 1e9 { try flush() }
    case .epochFinished(let record):
      try append(epochValues(record), step: record.step)
      try append(weightValues() + gradientValues(), step: record.step)
      try flush()
    case .finished(let result): try end(result)
    case .warning, .evaluationStarted, .changed, .checkpointWritten: break
    }
  }

  private func flush() throws {
    lastFlush = .now()
    try file?.flush()
  }

  // MARK: The beginning and the end

  private func begin(_ start: TrainingStart) throws {
    // TensorBoard forgets what was written of this and later steps.
    var event = Self.event(step: start.resumedSteps == 0 ? 0 : start.resumedSteps + 1)
    event.sessionLog.status = .start
    try file?.append(event)
    try append([hyperParameters(start)], step: start.resumedSteps)
    guard let trainer, start.resumedSteps == 0 else { return try flush() }
    var graph = Self.event(step: 0)
    graph.graphDef = try BoardGraphDef(trainer.network.graph()).serializedData()
    try file?.append(graph)
    if let data, let picture = try firstBatch(data, trainer) {
      try append([.picture("images/first mini-batch", picture)], step: 0)
    }
    try append(weightValues(), step: 0)
    try flush()
  }

  /// Images that cannot be had end the training where it uses them, and say so there.
  private func firstBatch(_ data: DatasetPair, _ trainer: Trainer) throws -> Picture? {
    do {
      return try BoardPictures.firstBatch(data.train, trainer.options)
    } catch {
      logger.warning("no picture of the first mini-batch for TensorBoard: \(error)")
      return nil
    }
  }

  private func end(_ result: TrainingResult) throws {
    var data = BoardHParamsPluginData()
    data.sessionEndInfo.status = .success
    data.sessionEndInfo.endTimeSecs = Self.now
    try append([.hyperParameters("session_end_info", data)], step: result.steps)
    try flush()
    file = nil
  }

  private func hyperParameters(_ start: TrainingStart) throws -> BoardSummary.Value {
    var info = BoardSessionStartInfo()
    info.startTimeSecs = Self.now
    func text(_ value: String) -> BoardHParamValue {
      var result = BoardHParamValue()
      result.stringValue = value
      return result
    }
    func number(_ value: Double) -> BoardHParamValue {
      var result = BoardHParamValue()
      result.numberValue = value
      return result
    }
    info.hparams = [
      "network": text(start.network), "data": text(start.dataset),
      "batchSize": number(Double(start.batchSize)), "epochs": number(Double(start.epochs)),
      "shards": number(Double(start.shards)),
    ]
    if let options = trainer?.options {
      // The numbers that runs are compared by, and all that changes weights in words.
      for setting in TrainingSettings.all where setting.changesWeights {
        guard case .same(_, let value) = setting.ranks, info.hparams[setting.name] == nil else {
          continue
        }
        let words = value(options)
        info.hparams[setting.name] = Double(words).map(number) ?? text(words)
      }
    }
    var data = BoardHParamsPluginData()
    data.sessionStartInfo = info
    return try .hyperParameters("session_start_info", data)
  }

  // MARK: Values

  private func stepValues(_ record: StepRecord) -> [BoardSummary.Value] {
    let own = losses.add(record)
    return [
      .scalar("step/loss", own.loss), .scalar("step/accuracy", own.top1),
      .scalar("step/learning rate", Double(record.learningRate)),
    ]
  }

  private func epochValues(_ record: EpochRecord) -> [BoardSummary.Value] {
    let measured = record.measuredPart.rawValue
    let values: [(String, Double?)] = [
      ("loss/train", record.trainLoss), ("accuracy/train", record.trainTop1),
      ("loss/\(measured)", record.testLoss), ("accuracy/\(measured)", record.testTop1),
      ("top-5 accuracy/\(measured)", record.testTop5),
      ("loss/\(measured), averaged weights", record.emaLoss),
      ("accuracy/\(measured), averaged weights", record.emaTop1),
      ("speed/images per second", record.imagesPerSecond),
      ("speed/seconds waiting for data", record.secondsWaitingForData),
    ]
    return values.compactMap { tag, value in value.map { .scalar(tag, $0) } }
  }

  /// Histograms and kernels. No step runs while this looks at them.
  private func weightValues() throws -> [BoardSummary.Value] {
    var values: [BoardSummary.Value] = []
    var hasKernels = false
    try trainer?.forEachParameter { entry, elements in
      values.append(.histogram("weights/\(entry.name)", elements))
      guard !hasKernels, entry.parameter.shape.rank == 4 else { return }
      hasKernels = true
      let kernels = Tensor(shape: entry.parameter.shape, elements: Array(elements))
      values.append(try .picture("kernels/\(entry.name)", BoardPictures.kernels(kernels)))
    }
    return values
  }

  /// Histograms of an epoch's last step, where they are kept.
  private func gradientValues() -> [BoardSummary.Value] {
    var values: [BoardSummary.Value] = []
    trainer?.forEachGradient { entry, elements in
      values.append(.histogram("gradients/\(entry.name)", elements))
    }
    return values
  }

  private func append(_ values: [BoardSummary.Value], step: Int) throws {
    if values.isEmpty { return }
    var event = Self.event(step: step)
    event.summary.value = values
    try file?.append(event)
  }

  private static func event(step: Int) -> BoardEvent {
    var event = BoardEvent()
    event.wallTime = now
    event.step = Int64(step)
    return event
  }

  private static var now: Double { Date().timeIntervalSince1970 }
}

import Foundation
import TandemNetwork

/// The words and numbers of progress reports.
package enum ProgressText {
  /// 21345.6 → `21,346 images/s`
  package static func rate(_ imagesPerSecond: Double) -> String {
    guard imagesPerSecond.isFinite else { return "– images/s" }
    if imagesPerSecond < 100 { return decimals(imagesPerSecond, 1) + " images/s" }
    return imagesPerSecond.grouped + " images/s"
  }

  /// 75 → `1:15`, 3675 → `1:01:15`
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "–" }
    let whole = Int(max(0, seconds).rounded())
    let minutesAndSeconds = String(format: "%d:%02d", whole / 60 % 60, whole % 60)
    if whole < 3600 { return minutesAndSeconds }
    return String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
  }

  package static func start(_ start: TrainingStart) -> [String] {
    let frozen = start.frozenParameters
    var lines = [
      "training \(start.network) (\(start.trainableParameters.grouped) parameters"
        + (frozen > 0 ? ", \(frozen.grouped) more are frozen" : "") + ") on "
        + "\(start.dataset): \(counted(start.trainImages, "image")), "
        + "\(start.classes) \(start.classes == 1 ? "class" : "classes")",
      JobWorkers(counts: start.workersOfRanks).text + (start.pinned ? " pinned to cores" : "")
        + (start.mesh.map { " as mesh \($0), \(start.parallelism.rawValue) parallelism" } ?? "")
        + ", \(counted(start.shards, "shard")), batch size \(start.batchSize), "
        + "\(counted(start.stepsPerEpoch, "step")) per epoch, optimizer \(start.optimizer)",
    ]
    if let preparation = start.preparation {
      let megabytes = decimals(Double(preparation.bytes) / 1_048_576, 1) + " MiB of memory"
      lines.append(
        preparation.threads == 0
          ? "each worker prepares its own images, in \(megabytes)"
          : "images are prepared ahead by \(counted(preparation.threads, "thread")), in \(megabytes)"
      )
    }
    if start.resumedSteps > 0 {
      lines.append(
        "continuing after \(start.previousEpochs.count) of \(start.epochs) epochs, step "
          + start.resumedSteps.grouped)
    }
    return lines
  }

  package static func epoch(_ record: EpochRecord, of epochs: Int) -> String {
    var parts = [
      "epoch \(record.epoch)/\(epochs)", "loss \(decimals(record.trainLoss, 4))",
      "top-1 \(percent(record.trainTop1))",
    ]
    if let loss = record.testLoss, let top1 = record.testTop1 {
      let part = EpochRecord.word(record.measuredPart)
      parts += ["\(part) loss \(decimals(loss, 4))", "\(part) top-1 \(percent(top1))"]
    }
    if let loss = record.emaLoss, let top1 = record.emaTop1 {
      parts += ["ema loss \(decimals(loss, 4))", "ema top-1 \(percent(top1))"]
    }
    parts += [rate(record.imagesPerSecond), duration(record.seconds)]
    if record.secondsWaitingForData > 0.02 * record.seconds {
      parts.append("(waited \(decimals(record.secondsWaitingForData, 1)) s for data)")
    }
    return parts.joined(separator: "  ")
  }

  /// A table of the layers' weights; empty where they are not measured.
  package static func layers(_ record: EpochRecord) -> [String] {
    guard let layers = record.layers else { return [] }
    func short(_ value: Double) -> String { String(format: "%.3g", value) }
    return TextTable(
      columns: [
        .left("Layer"), .right("Mean |w|"), .right("Mean |dw|"), .right("Ratio"),
        .right("Gradient"), .right("Dead"),
      ],
      rows: layers.map { layer in
        [
          layer.layer, short(layer.meanWeight), short(layer.meanChange), short(layer.ratio),
          layer.gradientNorm.map(short) ?? "", layer.deadShare.map(percent) ?? "",
        ]
      }
    ).text.split(separator: "\n").map(String.init)
  }

  package static func ending(_ result: TrainingResult) -> String? {
    switch result.ending {
    case .completed: nil
    case .earlyStopping:
      "stopped after \(counted(result.epochs.count, "epoch")), which got no better any more"
    case .stepLimit: "stopped at the step limit after \(counted(result.steps, "step"))"
    case .interrupted: "interrupted after \(counted(result.steps, "step"))"
    }
  }
}

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
    var lines = [
      "training \(start.network) (\(start.trainableParameters.grouped) parameters) on "
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
      parts += ["test loss \(decimals(loss, 4))", "test top-1 \(percent(top1))"]
    }
    parts += [rate(record.imagesPerSecond), duration(record.seconds)]
    if record.secondsWaitingForData > 0.02 * record.seconds {
      parts.append("(waited \(decimals(record.secondsWaitingForData, 1)) s for data)")
    }
    return parts.joined(separator: "  ")
  }

  package static func ending(_ result: TrainingResult) -> String? {
    switch result.ending {
    case .completed: nil
    case .stepLimit: "stopped at the step limit after \(counted(result.steps, "step"))"
    case .interrupted: "interrupted after \(counted(result.steps, "step"))"
    }
  }
}

import Logging

/// Reports a run through swift-log, for programs that train inside a service: epochs, checkpoints
/// and the end at `info`, steps at `trace`.
package final class LogObserver: TrainingObserver {
  private let logger: Logger

  package init(logger: Logger) {
    self.logger = logger
  }

  package func receive(_ event: TrainingEvent) {
    switch event {
    case .started(let start):
      for line in ProgressText.start(start) { logger.info("\(line)") }
    case .warning(let text):
      logger.warning("\(text)")
    case .stepFinished(let step):
      logger.trace(
        "step finished",
        metadata: [
          "epoch": "\(step.epoch)", "step": "\(step.step)", "loss": "\(step.loss)",
          "learningRate": "\(step.learningRate)",
        ])
    case .evaluationStarted(let images):
      logger.debug("evaluation started", metadata: ["images": "\(images)"])
    case .epochFinished(let record):
      logger.info(
        "epoch finished",
        metadata: [
          "epoch": "\(record.epoch)", "step": "\(record.step)",
          "trainLoss": "\(record.trainLoss)", "trainTop1": "\(record.trainTop1)",
          "\(record.measuredPart.rawValue)Loss": "\(record.testLoss.map { "\($0)" } ?? "")",
          "\(record.measuredPart.rawValue)Top1": "\(record.testTop1.map { "\($0)" } ?? "")",
          "imagesPerSecond": "\(record.imagesPerSecond)",
        ])
    case .changed(let change):
      logger.info("training changed", metadata: ["change": "\(change)"])
    case .checkpointWritten(let path):
      logger.info("checkpoint written", metadata: ["path": "\(path)"])
    case .finished(let result):
      logger.info(
        "training finished",
        metadata: ["ending": "\(result.ending.rawValue)", "steps": "\(result.steps)"])
    }
  }
}

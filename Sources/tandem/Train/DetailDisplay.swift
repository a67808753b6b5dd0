import Logging
import Tandem
import TandemNetwork

/// Tells of a run what `--verbose` adds.
final class DetailDisplay: TrainingObserver {
  private let log = Logger(label: "tandem.train")

  func receive(_ event: TrainingEvent) {
    switch event {
    case .started(let start):
      log.debug(
        "each worker has \(mebibytes(start.arenaBytes)) for activations and scratch memory")
      if let folder = start.outputFolder { log.debug("results go to \(folder)") }
    case .evaluationStarted(let images):
      log.debug("evaluating \(counted(images, "image"))")
    case .epochFinished(let record):
      let exchange = record.exchange
      log.debug(
        """
        epoch \(record.epoch): learning rate \(significant(Double(record.learningRate))), waited \
        \(decimals(record.secondsWaitingForData, 2)) s for data, sent \(mebibytes(exchange.bytesSent)) of \
        gradients, \(decimals(exchange.secondsExposed, 2)) s of it not hidden behind computing
        """)
    case .checkpointWritten(let path):
      log.debug("checkpoint written: \(path)")
    case .warning, .stepFinished, .changed, .finished:
      break
    }
  }
}

import Tandem
import TandemNetwork
import TandemProcess
import TandemTraining

/// What a training run did: its JSON form and its text.
struct TrainReport: Encodable {
  let model: String
  let data: String
  let output: String?
  let ending: TrainingResult.Ending
  let epochs: [EpochRecord]
  let steps: Int
  /// The loss of the test images with the final weights.
  let loss: Double?
  let top1: Double?
  let top5: Double?
  /// Seconds of training in this run, without evaluation.
  let seconds: Double
  let imagesPerSecond: Double
  let trainableParameters: Int
  let ranks: Int
  /// The workers of all ranks together.
  let workers: Int
  let shards: Int
  let checkpoint: String?
  /// Whether progress or warnings did not reach standard error.
  let messagesLost: Bool
  private let workersOfRanks: JobWorkers
  private let lossOfMessages: String?

  private enum CodingKeys: CodingKey {
    case model, data, output, ending, epochs, steps, loss, top1, top5, seconds, imagesPerSecond
    case trainableParameters, ranks, workers, shards, checkpoint, messagesLost
  }

  init(
    model: String, data: String, outputFolder: String?, result: TrainingResult,
    lossOfMessages: String?
  ) {
    self.model = model
    self.data = data
    output = outputFolder
    ending = result.ending
    epochs = result.epochs
    steps = result.steps
    loss = result.evaluation?.loss
    top1 = result.evaluation?.top1
    top5 = result.evaluation?.top5
    seconds = result.seconds
    imagesPerSecond = result.imagesPerSecond
    trainableParameters = result.trainableParameters
    ranks = result.ranks
    workers = result.workers
    workersOfRanks = JobWorkers(counts: result.workersOfRanks)
    shards = result.shards
    checkpoint = result.checkpoint
    messagesLost = lossOfMessages != nil
    self.lossOfMessages = lossOfMessages
  }

  func text() -> String {
    let waiting = epochs.map(\.secondsWaitingForData).reduce(0, +)
    let training = max(epochs.map(\.seconds).reduce(0, +), 1e-9)
    var lines = [
      "\(model.messageLine) on \(data.messageLine): \(trainableParameters.grouped) parameters, \(steps.grouped) steps, "
        + "\(workersOfRanks.text), \(counted(shards, "shard"))",
      TextTable(columns: columns.map(\.title), rows: epochs.map { row(of: $0) }).text,
      "Training took \(decimals(training, 1)) s, \(percent(waiting / training)) of it waiting for data.",
    ]
    if ranks > 1 {
      let exposed = epochs.map(\.exchange.secondsExposed).reduce(0, +)
      let sent = epochs.map(\.exchange.bytesSent).reduce(0, +)
      lines.append(
        "Rank 0 sent \(mebibytes(sent / max(1, steps))) per step; \(percent(exposed / training)) of the "
          + "time it exchanged gradients with no computing to hide that behind.")
    }
    if let output {
      lines.append("\(output.messageLine) holds history.csv, history.json and the checkpoints.")
    }
    if let lossOfMessages {
      lines.append(
        "Progress or warnings could not be written to standard error: \(lossOfMessages).")
    }
    return lines.joined(separator: "\n")
  }

  private typealias Column = (title: TextTable.Column, cell: (EpochRecord) -> String)

  /// The columns that say something: no learning rate that stays the same, no top-5 of five
  /// classes.
  private var columns: [Column] {
    var columns: [Column] = [(.right("Epoch"), { "\($0.epoch)" })]
    if Set(epochs.map(\.learningRate)).count > 1 {
      columns.append((.right("Rate"), { significant(Double($0.learningRate)) }))
    }
    columns.append((.right("Loss"), { lossText($0.trainLoss) }))
    columns.append((.right("Top-1"), { percent($0.trainTop1) }))
    columns.append((.right("Test loss"), { $0.testLoss.map(lossText) ?? "" }))
    columns.append((.right("Test top-1"), { $0.testTop1.map(percent) ?? "" }))
    if epochs.contains(where: { ($0.testTop5 ?? 1) < 1 }) {
      columns.append((.right("Test top-5"), { $0.testTop5.map(percent) ?? "" }))
    }
    columns.append((.right("Seconds"), { decimals($0.seconds, 1) }))
    columns.append((.right("Images/s"), { $0.imagesPerSecond.rounded(.down).grouped }))
    return columns
  }

  private func row(of epoch: EpochRecord) -> [String] { columns.map { $0.cell(epoch) } }
}

import Foundation
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
  /// What is measured with.
  let measuredPart: MeasuredPart
  /// The loss of the measured images with the final weights.
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
  /// The epoch whose weights are kept as the best ones.
  let best: BestEpoch?
  /// What the mean of the last epochs' weights gives.
  let average: Average?
  /// Whether progress or warnings did not reach standard error.
  let messagesLost: Bool
  private let epochLimit: Int
  private let workersOfRanks: JobWorkers
  private let lossOfMessages: String?

  private enum CodingKeys: CodingKey {
    case model, data, output, ending, epochs, steps, measuredPart, loss, top1, top5, seconds,
      imagesPerSecond
    case trainableParameters, ranks, workers, shards, checkpoint, best, average
    case messagesLost
  }

  init(
    model: String, data: String, measuredPart: MeasuredPart, options: TrainingOptions,
    result: TrainingResult, lossOfMessages: String?
  ) {
    self.model = model
    self.data = data
    output = options.outputFolder
    epochLimit = options.epochs
    ending = result.ending
    epochs = result.epochs
    steps = result.steps
    self.measuredPart = measuredPart
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
    best = result.best
    average = result.averageEvaluation.map {
      Average(loss: $0.loss, top1: $0.top1, top5: $0.top5)
    }
    messagesLost = lossOfMessages != nil
    self.lossOfMessages = lossOfMessages
  }

  /// What was measured with averaged weights.
  struct Average: Encodable {
    let loss: Double
    let top1: Double
    let top5: Double
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
    if let average {
      let part = EpochRecord.word(measuredPart)
      lines.append(
        "The mean of the last epochs' weights: \(part) loss \(lossText(average.loss)), \(part) top-1 "
          + "\(percent(average.top1)).")
    }
    if let output {
      lines.append(
        "\(output.messageLine) holds run.json, history.csv, history.json and the checkpoints.")
      if let best {
        lines.append(
          "\(output.messageLine)/best holds the weights of epoch \(best.epoch), the best one by "
            + "\(best.metric) (\(significant(best.value))).")
      }
      if epochs.contains(where: { $0.emaLoss != nil }) {
        lines.append("\(output.messageLine)/ema holds the averaged weights.")
      }
      if average != nil {
        lines.append("\(output.messageLine)/average holds the mean of the last epochs' weights.")
      }
    }
    if let output { lines.append(nextSteps(output)) }
    if let lossOfMessages {
      lines.append(
        "Progress or warnings could not be written to standard error: \(lossOfMessages).")
    }
    return lines.joined(separator: "\n")
  }

  /// How to go on with what is kept.
  private func nextSteps(_ output: String) -> String {
    let resume = ["tandem", "train", "--resume", output]
    switch ending {
    case .interrupted, .stepLimit:
      return "Go on with it: \(ShellText.line(resume).messageLine)"
    case .completed, .earlyStopping:
      let more = ShellText.line(resume + ["--epochs", "\(2 * epochLimit)"])
      let evaluate = ShellText.line(["tandem", "evaluate", "--weights", output, "--data", data])
      return "Measure it: \(evaluate.messageLine)"
        + (ending == .completed ? "\nTrain it longer: \(more.messageLine)" : "")
    }
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
    let part = EpochRecord.word(measuredPart).capitalized
    columns.append((.right("\(part) loss"), { $0.testLoss.map(lossText) ?? "" }))
    columns.append((.right("\(part) top-1"), { $0.testTop1.map(percent) ?? "" }))
    if epochs.contains(where: { ($0.testTop5 ?? 1) < 1 }) {
      columns.append((.right("\(part) top-5"), { $0.testTop5.map(percent) ?? "" }))
    }
    if epochs.contains(where: { $0.emaLoss != nil }) {
      columns.append((.right("EMA loss"), { $0.emaLoss.map(lossText) ?? "" }))
      columns.append((.right("EMA top-1"), { $0.emaTop1.map(percent) ?? "" }))
    }
    columns.append((.right("Seconds"), { decimals($0.seconds, 1) }))
    columns.append((.right("Images/s"), { $0.imagesPerSecond.rounded(.down).grouped }))
    return columns
  }

  private func row(of epoch: EpochRecord) -> [String] { columns.map { $0.cell(epoch) } }
}

import Tandem
import TandemNetwork

/// What a training run did: its JSON form and its text.
struct TrainReport: Encodable {
  let model: String
  let data: String
  let output: String?
  let ending: TrainingResult.Ending
  let epochs: [EpochRecord]
  let steps: Int
  /// Of the test images with the final weights.
  let loss: Double?
  let top1: Double?
  let top5: Double?
  /// Of training in this run, without evaluation.
  let seconds: Double
  let imagesPerSecond: Double
  let trainableParameters: Int
  let workers: Int
  let shards: Int
  let checkpoint: String?

  init(model: String, data: String, outputFolder: String?, result: TrainingResult) {
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
    workers = result.workers
    shards = result.shards
    checkpoint = result.checkpoint
  }

  func text() -> String {
    var lines = [
      "\(model) on \(data): \(trainableParameters.grouped) parameters, \(steps.grouped) steps, "
        + "\(counted(workers, "worker")), \(counted(shards, "shard")), "
        + "\(decimals(seconds, 1)) s of training",
      table.text,
    ]
    if let output {
      lines.append("\(output) holds history.csv, history.json and the checkpoints.")
    }
    return lines.joined(separator: "\n")
  }
  private var table: TextTable {
    TextTable(
      columns: [
        .right("Epoch"), .right("Learning rate"), .right("Train loss"), .right("Train top-1"),
        .right("Test loss"), .right("Test top-1"), .right("Test top-5"), .right("Seconds"),
        .right("Images/s"), .right("Waiting for data"),
      ],
      rows: epochs.map(Self.row))
  }

  private static func row(_ epoch: EpochRecord) -> [String] {
    let waiting = epoch.secondsWaitingForData / max(epoch.seconds, 1e-9)
    var cells = ["\(epoch.epoch)", significant(Double(epoch.learningRate))]
    cells += [decimals(epoch.trainLoss, 4), percent(epoch.trainTop1)]
    cells += [epoch.testLoss.map { decimals($0, 4) } ?? ""]
    cells += [epoch.testTop1.map(percent) ?? "", epoch.testTop5.map(percent) ?? ""]
    cells += [decimals(epoch.seconds, 1), Int(epoch.imagesPerSecond).grouped, percent(waiting)]
    return cells
  }
}

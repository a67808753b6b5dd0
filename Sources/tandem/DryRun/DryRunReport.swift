import Tandem
import TandemNetwork
import TandemTraining

/// What a dry run found out: its JSON form and its text.
struct DryRunReport: Encodable {
  struct Memory: Encodable {
    let rank: Int
    let host: String
    let predictedPeakBytes: Int
    /// nil where the steps had fewer images than the training's.
    let measuredPeakBytes: Int?
    let availableBytes: Int

    init(_ memory: RankMemory, measuredPeakBytes: Int?) {
      rank = memory.rank
      host = memory.host
      predictedPeakBytes = memory.predictedPeakBytes
      self.measuredPeakBytes = measuredPeakBytes
      availableBytes = memory.availableBytes
    }
  }

  /// The steps that were made.
  struct Trial {
    let images: Int
    let secondsPerStep: Double
  }

  /// Who computes.
  struct Devices {
    let workers: JobWorkers
    let shards: Int
    let mesh: Mesh?
    let parallelism: Parallelism
  }

  let model: String
  let data: String
  let trainImages: Int
  let testImages: Int
  let classes: Int
  let trainableParameters: Int
  let settings: [String: RunRecord.Setting]
  let epochs: Int
  let stepsPerEpoch: Int
  let steps: Int
  let ranks: Int
  let workers: Int
  let shards: Int
  let memory: [Memory]
  let checkpointBytes: Int?
  let neededDiskBytes: Int?
  let availableDiskBytes: Int?
  /// Images of the steps that were measured, and the median of their seconds.
  let measuredImages: Int
  let measuredSeconds: Double
  /// Without evaluation.
  let secondsPerStep: Double
  let secondsPerEpoch: Double
  let secondsInAll: Double
  private let devices: Devices
  private let output: String?

  private enum CodingKeys: CodingKey {
    case model, data, trainImages, testImages, classes, trainableParameters, settings, epochs
    case stepsPerEpoch, steps, ranks, workers, shards, memory, checkpointBytes, neededDiskBytes
    case availableDiskBytes, measuredImages, measuredSeconds, secondsPerStep, secondsPerEpoch
    case secondsInAll
  }

  init(
    _ prepared: PreparedTraining, data: String, steps: (perEpoch: Int, epochs: Int),
    _ devices: Devices, settings: [String: RunRecord.Setting], disk: DiskNeed?, memory: [Memory],
    _ trial: Trial, trainableParameters: Int
  ) {
    model = prepared.network.name
    self.data = data
    trainImages = prepared.pair.train.count
    testImages = prepared.pair.test.count
    classes = prepared.pair.train.classNames.count
    self.trainableParameters = trainableParameters
    self.settings = settings
    epochs = steps.epochs
    stepsPerEpoch = steps.perEpoch
    let limit = prepared.options.stepLimit ?? .max
    self.steps = min(limit, steps.perEpoch * steps.epochs)
    ranks = devices.workers.counts.count
    workers = devices.workers.total
    shards = devices.shards
    self.devices = devices
    self.memory = memory
    output = disk?.folder
    checkpointBytes = disk?.checkpointBytes
    neededDiskBytes = disk?.neededBytes
    availableDiskBytes = disk?.availableBytes
    measuredImages = trial.images
    measuredSeconds = trial.secondsPerStep
    // By the images of the whole epoch, whose last step may have fewer.
    secondsPerEpoch = trial.secondsPerStep / Double(trial.images) * Double(trainImages)
    secondsPerStep = secondsPerEpoch / Double(steps.perEpoch)
    secondsInAll = secondsPerStep * Double(self.steps)
  }
}

extension DryRunReport {
  func text() -> String {
    let rows = settings.sorted { $0.key < $1.key }.map {
      [$0.key, $0.value.value, $0.value.source.rawValue]
    }
    var lines = [
      "A dry run: nothing is kept of it.",
      "\(model.messageLine) (\(trainableParameters.grouped) parameters) on \(data.messageLine): "
        + "\(trainImages.grouped) training images, \(testImages.grouped) to measure with, "
        + "\(classes.grouped) classes",
      TextTable(columns: [.left("Setting"), .left("Value"), .left("Source")], rows: rows).text,
      "Steps: \(stepsPerEpoch.grouped) in an epoch, \(steps.grouped) in all (\(counted(epochs, "epoch")))",
      "Devices: \(devices.workers.text), \(counted(shards, "shard"))"
        + (devices.mesh.map { ", mesh \($0), \(devices.parallelism.rawValue) parallelism" } ?? ""),
      memoryText,
    ]
    if let output, let checkpointBytes, let neededDiskBytes, let availableDiskBytes {
      lines.append(
        "Disk: a checkpoint has \(mebibytes(checkpointBytes)), and \(output.messageLine) needs "
          + "\(mebibytes(neededDiskBytes)) of the \(gibibytes(availableDiskBytes)) that are left")
    }
    let isWhole = memory.allSatisfy { $0.measuredPeakBytes != nil }
    lines.append(
      "Time: \(ProgressText.duration(secondsPerEpoch)) for an epoch, \(ProgressText.duration(secondsInAll)) in all, "
        + "without evaluation; \(decimals(measuredSeconds, 3)) s for a step of \(counted(measuredImages, "image")), "
        + "the median of three" + (isWhole ? "" : ", which are fewer than the training's"))
    return lines.joined(separator: "\n")
  }

  private var memoryText: String {
    if memory.count == 1, let only = memory.first {
      let measured = only.measuredPeakBytes.map { ", and \(mebibytes($0)) were measured" } ?? ""
      return "Memory: \(mebibytes(only.predictedPeakBytes)) at most are expected\(measured); "
        + "\(gibibytes(only.availableBytes)) are free"
    }
    return "Memory:\n"
      + TextTable(
        columns: [
          .right("Rank"), .left("Host"), .right("Expected"), .right("Measured"), .right("Free"),
        ],
        rows: memory.map { entry in
          [
            "\(entry.rank)", entry.host, mebibytes(entry.predictedPeakBytes),
            entry.measuredPeakBytes.map(mebibytes) ?? "", gibibytes(entry.availableBytes),
          ]
        }
      ).text
  }
}

import Tandem
import TandemCollectives
import TandemInsight
import TandemNetwork

/// What `bench` measured; its JSON form and its text.
struct BenchReport: Encodable {
  let model: String
  let precision: Precision
  /// Where it is emulated, only what ranks and workers exchange is measured.
  let computing: BenchSetting.Computing
  let batchSize: Int
  /// nil for forward passes alone.
  let optimizer: String?
  /// What travels between ranks; nil for forward passes alone.
  let wire: WireFormat?
  let ranks: Int
  /// The workers of all ranks together.
  let workers: Int
  let shards: Int
  /// The workers as devices, if they were arranged so, and what these shared.
  let mesh: Mesh?
  let parallelism: Parallelism?
  let steps: Int
  let warmUpSteps: Int
  /// The median over the steps, as all that follows.
  let imagesPerSecond: Double
  let imagesPerSecondTenthPercentile: Double
  let imagesPerSecondNinetiethPercentile: Double
  let secondsPerStep: Double
  /// The parts of a step of the first rank's workers.
  let split: StepSplit
  /// nil where computing is emulated.
  let arithmetic: Arithmetic?
  /// The largest resident set of any rank; nil where the system does not say.
  let peakMemoryBytes: Int?
  /// What the first rank sent to others, for how long gradients were exchanged, and how long
  /// that was while no worker computed.
  let bytesSentPerStep: Int
  let secondsExchangingPerStep: Double
  let secondsExposedPerStep: Double
  /// The operators of the first rank, if they were asked for; of the first devices of its model
  /// groups.
  let operators: [OperatorFigures]?
  /// The parts of a step of the same workers.
  private let splitOfOperators: StepSplit

  private enum CodingKeys: CodingKey {
    case model, precision, computing, batchSize, optimizer, wire, ranks, workers, shards, mesh
    case parallelism, steps, warmUpSteps, imagesPerSecond, imagesPerSecondTenthPercentile
    case imagesPerSecondNinetiethPercentile, secondsPerStep, split, arithmetic, peakMemoryBytes
    case bytesSentPerStep, secondsExchangingPerStep, secondsExposedPerStep, operators
  }

  init(
    _ setting: BenchSetting, model: String, optimizer: String?, wire: WireFormat?,
    mesh: Mesh?, parallelism: Parallelism?, workers: JobWorkers, shards: Int,
    result: BenchSteps, peak: MultiplyAddPeak, peakMemoryBytes: Int?, listsOperators: Bool
  ) throws {
    self.model = model
    precision = setting.precision
    computing = setting.computing
    batchSize = setting.batchSize
    self.optimizer = optimizer
    self.wire = wire
    ranks = workers.ranks
    self.workers = workers.total
    self.shards = shards
    self.mesh = mesh
    self.parallelism = mesh == nil ? nil : parallelism
    steps = result.seconds.count
    warmUpSteps = setting.warmUpSteps
    let speeds = result.seconds.map { Double(setting.batchSize) / $0 }
    imagesPerSecond = speeds.percentile(50)
    imagesPerSecondTenthPercentile = speeds.percentile(10)
    imagesPerSecondNinetiethPercentile = speeds.percentile(90)
    secondsPerStep = Double(setting.batchSize) / imagesPerSecond
    split = StepSplit(result.timelines, steps: setting.timedSteps)
    splitOfOperators = StepSplit(result.timelines.firstDevices, steps: setting.timedSteps)
    let graph = try setting.network.graph()
    arithmetic =
      setting.computing == .emulated
      ? nil
      : Arithmetic(
        multiplyAddsPerImage: optimizer == nil
          ? graph.forwardMultiplyAdds : graph.trainingMultiplyAdds,
        imagesPerSecond: imagesPerSecond, peak: peak)
    self.peakMemoryBytes = peakMemoryBytes
    bytesSentPerStep = Int(result.exchanges.map { Double($0.bytesSent) }.percentile(50))
    secondsExchangingPerStep = result.exchanges.map(\.secondsExchanging).percentile(50)
    secondsExposedPerStep = result.exchanges.map(\.secondsExposed).percentile(50)
    let peakOfWorker = peak.operationsPerSecond / Double(workers.total)
    operators =
      listsOperators
      ? result.timelines.operatorTimes(steps: setting.timedSteps).map {
        OperatorFigures($0, peak: peakOfWorker)
      } : nil
  }

  struct Arithmetic: Encodable {
    let multiplyAddsPerImage: Int
    /// Two operations for each multiply-add, in 10⁹ per second, of all workers.
    let gigaflopsPerSecond: Double
    /// The same in registers only, measured before and after the steps.
    let peakGigaflopsPerSecond: Double
    let fractionOfPeak: Double
    /// The vectors that the measurement used: `AVX-512`.
    let vectors: String

    init(multiplyAddsPerImage: Int, imagesPerSecond: Double, peak: MultiplyAddPeak) {
      self.multiplyAddsPerImage = multiplyAddsPerImage
      gigaflopsPerSecond = 2 * Double(multiplyAddsPerImage) * imagesPerSecond / 1e9
      peakGigaflopsPerSecond = peak.operationsPerSecond / 1e9
      fractionOfPeak = gigaflopsPerSecond / peakGigaflopsPerSecond
      vectors = MultiplyAddPeak.vectors
    }
  }

  func text() -> String {
    var rows = [
      ["Workers", "\(workers) on \(counted(ranks, "rank")), \(counted(shards, "shard"))"],
      ["Steps", "\(steps.grouped) after \(warmUpSteps.grouped) to warm up"],
      [
        "Images/s",
        "\(speed(imagesPerSecond)) (10th percentile \(speed(imagesPerSecondTenthPercentile)), "
          + "90th \(speed(imagesPerSecondNinetiethPercentile)))",
      ],
      ["Step", "\(milliseconds(secondsPerStep)) ms: \(splitText)"],
    ]
    if let arithmetic {
      rows.append([
        "Arithmetic",
        "\(decimals(arithmetic.gigaflopsPerSecond, 1)) GFLOP/s, "
          + "\(decimals(100 * arithmetic.fractionOfPeak, 1)) % of the "
          + "\(decimals(arithmetic.peakGigaflopsPerSecond, 0)) of multiply-adds in registers "
          + "(\(arithmetic.vectors))",
      ])
    } else {
      rows.append([
        "Computing",
        "emulated: forward and backward are waits, as long as each worker had computed alone before",
      ])
    }
    if let mesh, let parallelism {
      rows.insert(["Mesh", "\(mesh), \(parallelism.rawValue) parallelism"], at: 1)
    }
    if let peakMemoryBytes {
      let place = ranks == 1 ? "" : " in a rank"
      rows.append(["Memory", "\(mebibytes(peakMemoryBytes)) at most\(place)"])
    }
    if ranks > 1, let wire {
      rows.append([
        "Ranks",
        "\(decimals(Double(bytesSentPerStep) / 1e6, 2)) MB of \(wire.rawValue) sent by the first in a step, "
          + "exchange \(milliseconds(secondsExchangingPerStep)) ms, "
          + "exposed \(milliseconds(secondsExposedPerStep)) ms",
      ])
    }
    let summary = TextTable(
      columns: [
        .left("Model"),
        .left(
          "\(model), \(precision.rawValue), \(counted(batchSize, "image")) a step, "
            + (optimizer ?? "forward passes alone")),
      ],
      rows: rows
    ).text
    guard let operators else { return summary }
    let whose =
      (mesh?.model ?? 1) > 1 ? "the first device's of a model group" : "one worker's part of it"
    return summary + "\n\n"
      + OperatorTables(operators, split: splitOfOperators, whose: whose).text
  }

  private var splitText: String {
    split.parts.filter { optimizer != nil || $0.name == "forward" }.map { name, seconds in
      "\(name) \(milliseconds(seconds)) (\(decimals(100 * seconds / secondsPerStep, 0)) %)"
    }.joined(separator: ", ")
  }
}

extension StepSplit {
  /// Under the names that reports use.
  var parts: [(name: String, seconds: Double)] {
    [
      ("forward", forward), ("backward", backward), ("exchange", exchange), ("update", update),
      ("data", data),
    ]
  }
}

/// With about three digits: `1,204`, `57.3`
private func speed(_ value: Double) -> String {
  value < 100 ? decimals(value, 1) : Int(value).grouped
}

/// `0.00123` → `1.230`, `1.23` → `1230.0`
func milliseconds(_ seconds: Double) -> String {
  decimals(seconds * 1e3, seconds < 0.01 ? 3 : 1)
}

extension [Double] {
  /// The nearest rank; 0 of none.
  fileprivate func percentile(_ percent: Int) -> Double {
    isEmpty ? 0 : sorted()[(count - 1) * percent / 100]
  }
}

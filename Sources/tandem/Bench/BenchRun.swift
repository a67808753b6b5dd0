import Tandem
import TandemNetwork

/// What `bench` runs to measure it: training steps or forward passes.
protocol BenchRun {
  var workers: JobWorkers { get }
  /// Parts of a mini-batch.
  var shards: Int { get }
  /// nil where each worker computes the whole network.
  var mesh: Mesh? { get }
  /// What the user should know about where workers run, each in one line.
  var warnings: [String] { get }

  /// Makes all steps. All ranks come here; what the first one returns counts.
  func run() throws -> BenchSteps
}

/// What came out of a run.
struct BenchSteps {
  /// Of the steps that count, in their order.
  let seconds: [Double]
  /// Of the same; none where nothing is exchanged.
  let exchanges: [ExchangeFigures]
  /// Of this rank.
  let timelines: RankTimelines
}

/// What to run.
struct BenchSetting {
  let network: Network
  let batchSize: Int
  let steps: Int
  let warmUpSteps: Int
  let seed: UInt64
  let precision: Precision
  let detail: Timeline.Detail
  var computing = Computing.real

  enum Computing: String, Encodable {
    case real
    /// Workers wait as long as each of them was measured to compute alone.
    case emulated
  }

  var data: SyntheticDataset {
    get throws {
      let outputs = try network.graph().outputShape.elementCount
      return try SyntheticDataset(
        count: batchSize * (steps + warmUpSteps), imageShape: network.inputShape,
        classes: outputs, seed: seed)
    }
  }

  var normalization: Normalization { .unitScale(channels: network.inputShape[0]) }

  /// The numbers of those steps that count.
  var timedSteps: ClosedRange<Int> { warmUpSteps + 1...warmUpSteps + steps }
}

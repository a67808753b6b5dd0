import Tandem
import TandemNetwork

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
        classes: max(2, outputs), seed: seed)
    }
  }

  var normalization: Normalization { .unitScale(channels: network.inputShape[0]) }

  /// The numbers of those steps that count.
  var timedSteps: ClosedRange<Int> { warmUpSteps + 1...warmUpSteps + steps }
}

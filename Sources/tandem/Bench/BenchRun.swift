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

import ArgumentParser
import Tandem

/// How a mini-batch is cut up.
struct ShardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Parts of a batch whose gradients are summed; the same number gives the same weights, bit for "
        + "bit, for any --workers and ranks. (default: one per worker)", valueName: "n"),
    transform: atLeast(1))
  var shards: Int?

  @Option(
    help: ArgumentHelp(
      "Images of a shard that a worker computes at once; fewer need less memory. "
        + "(default: as many as keep activations small)", valueName: "n"),
    transform: atLeast(1))
  var microBatchSize: Int?

  func apply(to options: inout TrainingOptions) {
    options.shards = shards
    options.microBatchSize = microBatchSize
  }
}

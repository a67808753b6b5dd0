import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork

/// What must not change between a checkpoint and the run that continues it, so that the weights come
/// out as if there had been no interruption. The number of workers is not among it; nor are epochs,
/// learning rate and schedule, which may be changed on purpose.
struct RunIdentity: Codable, Sendable {
  let network: Network
  let optimizer: AnyOptimizer
  /// nil for float32.
  let precision: Precision?
  let batchSize: Int
  let shards: Int
  /// nil where each worker computes the whole network.
  let mesh: Mesh?
  let parallelism: Parallelism?
  /// nil for one.
  let pieces: Int?
  /// nil for whole shards.
  let microBatchSize: Int?
  let accumulatedBatches: Int
  let clipNorm: Float?
  /// nil for float32.
  let wire: WireFormat?
  let loss: Loss.Kind
  /// In words; nil for built-in ones.
  let ownLoss: String?
  let labelSmoothing: Float
  let seed: UInt64
  let shuffle: Bool
  let dataset: String
  /// The digest of all that training sees of the data set; nil in checkpoints of earlier versions, and where nobody
  /// needs it.
  let contents: String?
  let trainImages: Int
  let normalization: Normalization

  /// - Parameter checkpoint: the folder, for the error.
  /// - Returns: what the user should know of a run that may go on, each in one line.
  /// - Throws: `TrainingError.otherRun` for the first difference.
  func check(continuedBy run: RunIdentity, checkpoint: String) throws -> [String] {
    func compare<Value: Equatable>(
      _ what: String, _ saved: Value, _ current: Value, _ remedy: String,
      show: (Value) -> String = { "\($0)" }
    ) throws {
      if saved == current { return }
      throw TrainingError.otherRun(
        checkpoint: checkpoint, what: what, saved: show(saved), current: show(current),
        remedy: remedy)
    }
    try compare(
      "the network", network, run.network,
      "use the same --model, --width, --data, --dropout and --sync-bn"
    ) {
      if network.name != run.network.name { return $0.name }
      if network.inputShape != run.network.inputShape {
        return "\($0.name) for images of \($0.inputShape)"
      }
      return $0 == network ? "\($0.name) with other layers" : "\($0.name) as it is now"
    }
    try compare("the optimizer", optimizer, run.optimizer, "use the same --opt and its options") {
      optimizer.name == run.optimizer.name ? "\($0.base)" : $0.name
    }
    try compare(
      "the precision", precision, run.precision,
      "use --precision \((precision ?? .float32).rawValue)",
      show: { ($0 ?? .float32).rawValue })
    try compare(
      "a batch size of", batchSize, run.batchSize, "use --batch-size \(batchSize)")
    try compare("the number of shards", shards, run.shards, "use --shards \(shards)")
    try compare(
      "the mesh", mesh, run.mesh, "use \(mesh.map { "--mesh \($0)" } ?? "no --mesh")",
      show: { $0.map { "\($0)" } ?? "none" })
    try compare(
      "the parallelism", parallelism, run.parallelism,
      "use --parallelism \((parallelism ?? .data).rawValue)", show: { ($0 ?? .data).rawValue })
    try compare(
      "pieces of a mini-batch:", pieces, run.pieces, "use --pieces \(pieces ?? 1)",
      show: { "\($0 ?? 1)" })
    try compare(
      "images computed at once:", microBatchSize, run.microBatchSize,
      "use \(microBatchSize.map { "--micro-batch-size \($0)" } ?? "no --micro-batch-size")",
      show: { $0.map { "\($0)" } ?? "all of a shard" })
    try compare(
      "mini-batches per update:", accumulatedBatches, run.accumulatedBatches,
      "use --grad-accum-steps \(accumulatedBatches)")
    try compare(
      "gradient clipping", clipNorm, run.clipNorm, "use the same --clip-grad",
      show: { $0.map { "to \($0)" } ?? "off" })
    try compare(
      "numbers between ranks in", wire, run.wire, "use --wire \((wire ?? .float32).rawValue)",
      show: { ($0 ?? .float32).rawValue })
    try compare(
      "the loss", loss, run.loss, "use --loss \(loss.rawValue)", show: { $0.rawValue })
    try compare(
      "the loss", ownLoss, run.ownLoss, "use the same loss", show: { $0 ?? loss.rawValue })
    try compare(
      "label smoothing", labelSmoothing, run.labelSmoothing,
      "use --label-smoothing \(labelSmoothing)")
    try compare("the seed", seed, run.seed, "use --seed \(seed)")
    try compare(
      "shuffling", shuffle, run.shuffle, "use the same --shuffle", show: { $0 ? "on" : "off" })
    try compare(
      "the number of training images", trainImages, run.trainImages,
      "use the same --data and --limit-train")
    var notes: [String] = []
    if let contents {
      // Folders are moved, renamed and copied for each job; what is in them decides.
      try compare(
        "training images of the digest", contents, run.contents ?? "unknown",
        "use the same --data")
      if dataset != run.dataset {
        notes.append(
          "the data set is now called \(run.dataset) and was \(dataset) when the checkpoint "
            + "\(checkpoint) was made; its training images are the same")
      }
    } else {
      try compare("the data set", dataset, run.dataset, "use the same --data")
      notes.append(
        "the checkpoint \(checkpoint) is of an earlier version, which did not note the images' "
          + "contents: that \(dataset) still has the same ones is not checked")
    }
    try compare(
      "a normalization with", normalization, run.normalization, "use the same normalization",
      show: { "means \($0.mean), standard deviations \($0.standardDeviation)" })
    return notes
  }
}

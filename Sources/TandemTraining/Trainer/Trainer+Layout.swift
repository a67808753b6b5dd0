import TandemCollectives
import TandemExecution
import TandemNetwork

// Who computes what: decided once, when the workers are known.

extension Trainer {
  /// Cuts epochs and mini-batches, and gives each rank, worker and device its part.
  ///
  /// - Parameters:
  ///   - images: of the training part.
  ///   - mesh: of the workers; nil for a data part for each.
  ///   - placed: how the devices of a mesh share the network; nil where each worker computes all of
  ///     it.
  /// - Throws: `TrainingError`, `PlacementError`.
  static func layout(
    _ graph: NetworkGraph, images: Int, _ options: TrainingOptions, mesh: Mesh?,
    placed: PlacedNetwork?, _ ranks: RankLayout
  ) throws -> JobLayout {
    let workers = JobWorkers(counts: ranks.workersOfRanks)
    let shards = options.shards ?? workers.total
    let epochs = options.epochDivision(images: images)
    try checkMesh(mesh, workers: workers, shards: shards)
    if let placed { try checkImages(placed.mesh, options, epochs) }
    let devices = try placed.map {
      try RankDevices($0.mesh, rank: ranks.rank, workersOfRanks: ranks.workersOfRanks)
    }
    try checkBatchNorm(graph, options, workers: workers, shards: shards, epochs)
    let firstDevice = try placed.map { try DeviceGraph($0, member: 0) }
    let division = ShardDivision(
      shards: shards,
      microBatchSize: placed != nil
        ? nil
        : try MicroBatch.size(
          asked: options.microBatchSize, graph: graph, precision: options.precision,
          shardImages: ShardDivision(shards: shards).mostImages(images: epochs.images(inBatch: 0))),
      mesh: placed?.mesh, readsParts: firstDevice?.readsOwnImages == false, pieces: options.pieces)
    return JobLayout(
      epochs: epochs, division: division, ranks: ranks,
      mesh: try placed.flatMap { placed in
        try devices.map { try MeshLayout(placed, $0) }
      })
  }

  /// Layers that normalise over all shards wait for each other in the midst of a step.
  private static func checkBatchNorm(
    _ graph: NetworkGraph, _ options: TrainingOptions, workers: JobWorkers, shards: Int,
    _ epochs: EpochDivision
  ) throws {
    let nodes = graph.nodes.filter(\.layer.sumsAcrossShards)
    guard let node = nodes.first else { return }
    if shards != workers.total {
      throw TrainingError.batchNormAcrossShards(
        layer: node.name,
        problem: "needs a worker for each logical shard, but \(shards) shards have "
          + "\(workers.text)",
        remedy: "use `workers` so that there are \(shards), or leave out `shards`")
    }
    if options.accumulatedBatches > 1 {
      throw TrainingError.batchNormAcrossShards(
        layer: node.name, problem: "cannot be combined with several mini-batches per update",
        remedy: "leave out `accumulatedBatches` or `acrossShards`")
    }
    let single = nodes.first { $0.outputShape[1] * $0.outputShape[2] == 1 }
    if let single, epochs.batchImageCounts.contains(1) {
      throw TrainingError.batchNormAcrossShards(
        layer: single.name,
        problem:
          "has one value per channel where a mini-batch has one image, since its maps are 1×1",
        remedy:
          "use a `batchSize` that leaves two images or more for each mini-batch, the last one "
          + "of an epoch included, or larger images")
    }
  }
}

import TandemCollectives
import TandemNetwork

// How a trainer spreads a network over the devices of a mesh.

extension Trainer {
  /// The mesh where none is given: all devices share all images.
  static func mesh(for parallelism: Parallelism, workers: Int) -> Mesh? {
    parallelism == .data ? nil : Mesh(data: 1, model: workers)
  }

  /// - Returns: nil where no devices share images.
  /// - Throws: `PlacementError`, `TrainingError.mesh`.
  static func place(
    _ graph: NetworkGraph, _ options: TrainingOptions, _ mesh: Mesh?
  ) throws -> PlacedNetwork? {
    if options.pieces > 1, (mesh?.model ?? 1) == 1 {
      throw TrainingError.mesh(
        problem: "`pieces` \(options.pieces) is for devices that share images",
        remedy: "leave it out, or use `parallelism` hybrid and two devices or more")
    }
    guard let mesh else { return nil }
    if mesh.devices == 1, options.parallelism != .data {
      throw TrainingError.mesh(
        problem: "`parallelism` \(options.parallelism.rawValue) takes two devices or more, and "
          + "there is one worker",
        remedy: "use `workers` 2 for example, or more ranks")
    }
    if mesh.model == 1 { return nil }
    if options.parallelism == .data, !graph.nodes.contains(where: { $0.placement == .model }) {
      throw TrainingError.mesh(
        problem: "with data parallelism no devices share images, but in a mesh \(mesh) they do",
        remedy: "use `mesh` \(mesh.devices)x1, or `parallelism` model or hybrid")
    }
    if let node = graph.nodes.first(where: \.layer.sumsAcrossShards) {
      throw TrainingError.mesh(
        problem: "layer \(node.name) normalizes over all shards, which devices of a mesh do not",
        remedy: "leave out `acrossShards`")
    }
    if options.microBatchSize != nil {
      throw TrainingError.mesh(
        problem: "the devices of a mesh compute all their images at once",
        remedy: "leave out `microBatchSize`")
    }
    let placed = try PlacedNetwork(graph, mesh: mesh, parallelism: options.parallelism)
    if options.pieces > 1 { try placed.checkPieces() }
    return placed
  }

  /// Whether the devices of `options.mesh` can share a network as `options.parallelism` says.
  ///
  /// - Parameters:
  ///   - images: of the data set.
  ///   - workers: as many as there are devices.
  /// - Throws: `TrainingError.mesh`, `PlacementError`, `NetworkError`.
  public static func checkDevices(
    of network: Network, images: Int, workers: JobWorkers, _ options: TrainingOptions
  ) throws {
    guard let placed = try place(network.graph(), options, options.mesh) else { return }
    try checkImages(placed.mesh, options, options.epochDivision(images: images))
    _ = try RankDevices(placed.mesh, rank: 0, workersOfRanks: workers.counts)
  }

  /// How many workers a rank is to have; nil for as many as make sense.
  static func askedWorkers(_ options: TrainingOptions, _ mesh: Mesh?, in job: Job) -> Int? {
    options.workers ?? mesh.map { max(1, $0.devices / job.size) }
  }

  /// The workers of training with `mesh`. All ranks come here.
  /// - Throws: `TrainingError` if these or the shards are not the devices of the mesh; `JobError`.
  public static func workers(
    of mesh: Mesh, _ options: TrainingOptions, in job: Job
  ) throws -> JobWorkers {
    try options.validate()
    let wish = JobWorkers.Wish(asked: askedWorkers(options, mesh, in: job), sensible: 1)
    let workers = try JobWorkers(
      job.gather("counting devices", wish), shards: options.shards)
    try checkMesh(mesh, workers: workers, shards: options.shards ?? workers.total)
    return workers
  }

  /// Whether there is a worker for each device.
  /// - Throws: `TrainingError.mesh`.
  static func checkMesh(_ mesh: Mesh?, workers: JobWorkers, shards: Int) throws {
    guard let mesh else { return }
    if workers.total != mesh.devices || shards != mesh.devices {
      throw TrainingError.mesh(
        problem: "a mesh \(mesh) has \(counted(mesh.devices, "device")), but there are "
          + "\(workers.text) and \(counted(shards, "shard"))",
        remedy: (workers.counts.count == 1
          ? "use `workers` \(mesh.devices)"
          : "use as many ranks and `workers` as make \(mesh.devices) in all")
          + " and leave out `shards`")
    }
  }

  /// Whether each mini-batch has an image for each device.
  static func checkImages(
    _ mesh: Mesh, _ options: TrainingOptions, _ epochs: EpochDivision
  ) throws {
    for images in epochs.batchImageCounts.sorted() where images < mesh.devices {
      throw TrainingError.mesh(
        problem: "a mini-batch of \(counted(images, "image")) has none for some of the "
          + "\(mesh.devices) devices",
        remedy:
          "use a `batchSize` that leaves \(mesh.devices) images or more for each mini-batch, "
          + "the last one of an epoch included")
    }
    // Of the last mini-batch there may be fewer.
    let most = epochs.images(inBatch: 0) / mesh.devices
    if options.pieces > most {
      throw TrainingError.mesh(
        problem: "a device has \(counted(most, "image")) of a mini-batch, which are too few for "
          + "`pieces` \(options.pieces)",
        remedy: "use \(most) or fewer, or a larger `batchSize`")
    }
  }
}

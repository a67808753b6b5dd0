import ArgumentParser
import Tandem
import TandemInsight
import TandemNetwork

/// The parallelism of which a step would be the fastest, for so many devices.
struct AutomaticParallelism: Codable {
  let parallelism: Parallelism
  /// For data parallelism all devices are data parts.
  let mesh: Mesh
  /// The reason in one line.
  let reason: String

  /// Measures the network's layers with one worker, and predicts steps of the training that is to
  /// come.
  ///
  /// - Parameters:
  ///   - options: of the training that is to come.
  ///   - images: of the data set.
  ///   - workers: as many as there are devices.
  /// - Throws: what the trainer throws; `ValidationError` if devices would have nothing to do.
  init(
    _ network: Network, mesh: Mesh, _ options: TrainingOptions, images: Int, workers: JobWorkers,
    _ link: NetworkLink
  ) throws {
    try mesh.requireImages(min(options.batchSize, images))
    if try network.graph().nodes.contains(where: \.layer.sumsAcrossShards) {
      throw ValidationError(
        "--parallelism auto cannot predict batch normalization over all shards, which takes data "
          + "parallelism; use --parallelism data, or leave out --sync-bn")
    }
    let planner = try Planner(network, mesh: mesh, options, images: images, link: link) {
      parallelism in
      var options = options
      options.mesh = Self.mesh(mesh, parallelism)
      options.parallelism = parallelism
      try Trainer.checkDevices(of: network, images: images, workers: workers, options)
    }
    let measurement = LayerMeasurement(network: network, steps: 2)
    let report = try planner.report(measuring: measurement.times)
    let fastest = report.fastest ?? .data
    parallelism = fastest
    self.mesh = Self.mesh(mesh, fastest)
    reason = report.advice
  }

  /// The devices of `mesh`, arranged as a parallelism takes them.
  static func mesh(_ mesh: Mesh, _ parallelism: Parallelism) -> Mesh {
    parallelism == .data ? Mesh(data: mesh.devices, model: 1) : mesh
  }
}

import ArgumentParser
import Logging
import Tandem
import TandemNetwork

/// How workers share a network, for commands that compute with it.
struct ParallelismOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the devices of a mesh share: data (nothing), model (all layers) or hybrid (dense layers); "
        + "auto measures and chooses. (default: data)", valueName: "kind"))
  var parallelism = ParallelismChoice.data

  @Option(
    help: ArgumentHelp(
      "The workers as data parts of a batch x devices that share each: 1x2 are the two devices of "
        + "AlexNet. (default: one part for each worker; one for all with model or hybrid)",
      valueName: "DxM"),
    transform: dataByModel)
  var mesh: Mesh?

  @OptionGroup
  var inPieces: PieceOptions

  @OptionGroup
  var link: LinkOptions

  func validate() throws {
    if inPieces.pieces != nil, parallelism != .hybrid {
      throw ValidationError("--pieces belongs to --parallelism hybrid; leave it out")
    }
    guard parallelism == .auto else { return try link.requireNone() }
    if mesh == nil {
      throw ValidationError(
        "--parallelism auto chooses for the devices of a mesh; give one, --mesh 1x2 for example")
    }
  }

  /// Sets mesh and parallelism. Where these are to be chosen, the first rank does that for all, and
  /// says what and why; a run that is continued keeps its own. All ranks come here.
  ///
  /// - Parameters:
  ///   - options: what else the training is like.
  ///   - images: of the data set.
  ///   - checkpoint: what is continued, if anything.
  func apply(
    to options: inout TrainingOptions, _ network: Network, images: Int,
    continuing checkpoint: String? = nil, in job: Job
  ) throws {
    options.mesh = mesh
    options.pieces = inPieces.pieces ?? 1
    if let given = parallelism.given {
      options.parallelism = given
      return
    }
    guard let mesh else { return }
    let workers = try Trainer.workers(of: mesh, options, in: job)
    if let checkpoint {
      let parallelism = try job.fromFirstRank("reading the parallelism") {
        try Trainer.parallelism(ofCheckpoint: checkpoint)
      }
      options.mesh = AutomaticParallelism.mesh(mesh, parallelism)
      options.parallelism = parallelism
      say("\(parallelism.rawValue), as in \(checkpoint)", in: job)
      return
    }
    let choice = try job.fromFirstRank("choosing the parallelism") { [options] in
      try AutomaticParallelism(
        network, mesh: mesh, options, images: images, workers: workers, link.link)
    }
    options.mesh = choice.mesh
    options.parallelism = choice.parallelism
    say(choice.reason, in: job)
  }

  private func say(_ choice: String, in job: Job) {
    if job.rank == 0 { Logger(label: "tandem.tool").info("--parallelism auto: \(choice)") }
  }
}

import ArgumentParser
import Tandem

/// Which network is trained, and what it starts with.
struct NetworkOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The network; 'tandem models' lists all.", valueName: "name"))
  var model: String?

  @OptionGroup
  var width: WidthOptions

  @Option(
    help: ArgumentHelp(
      "Rate of all the network's dropout layers instead of their own; 0 switches them off.",
      valueName: "rate"),
    transform: rate)
  var dropout: Double?

  @Flag(
    name: .customLong("sync-bn"),
    help: "Take the statistics of batch normalizations over all shards of a mini-batch.")
  var syncBatchNorm = false

  @Option(
    help: ArgumentHelp(
      "Start with these weights: a .safetensors file or an output folder.", valueName: "path"),
    transform: nonEmptyPath)
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "Whether all tensors in --weights must fit the network; off takes those that do, for example "
        + "for another number of classes. (default: on)", valueName: "on|off"))
  var weightsStrict: Strictness?

  enum Strictness: String, ExpressibleByArgument, CaseIterable {
    case on, off
  }

  func validate() throws {
    if model == nil { try width.requireModel() }
    if weightsStrict != nil, weights == nil {
      throw ValidationError("--weights-strict is about the file given with --weights; give it too")
    }
  }

  func loadWeights(into trainer: Trainer) throws {
    if let weights { try trainer.loadWeights(weights, strict: weightsStrict != .off) }
  }

  static let noModel = ValidationError(
    "give --model a name; 'tandem models' lists all")

  /// The shape of the images that the network was made for.
  func ownInputShape(describedBy checkpoint: String?, in job: Job) throws -> Shape {
    if let model { return try Zoo.network(named: model).inputShape }
    return try described(by: checkpoint, in: job).inputShape
  }

  /// The network that the weights belong to.
  private func described(by checkpoint: String?, in job: Job) throws -> Network {
    guard let source = weights ?? checkpoint else { throw Self.noModel }
    return try job.fromFirstRank("reading the network") {
      try ModelFile(contentsOf: source).describedNetwork()
    }
  }

  /// The named network, made for the data; without a name, the one that the weights belong to.
  /// - Parameter checkpoint: what is resumed, if anything.
  func network(
    for data: DatasetPair, describedBy checkpoint: String?, in job: Job
  ) throws -> Network {
    var network: Network
    if let model {
      network = try width.network(
        named: model, input: data.train.imageShape, classes: data.train.classNames.count)
    } else {
      network = try described(by: checkpoint, in: job)
    }
    if let dropout { network = try network.replacingDropout(rate: dropout) }
    if syncBatchNorm {
      guard try network.graph().nodes.contains(where: \.layer.needsWholeBatch) else {
        throw ValidationError(
          "the network \(network.name) has no batch normalization; leave out --sync-bn")
      }
      network = network.withBatchNormAcrossShards()
    }
    return network
  }
}

import ArgumentParser
import Tandem

/// Which network is trained, and what it starts with.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The network; 'tandem models' lists all.", valueName: "name"),
    completion: .models)
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
      "Start with these weights: a .safetensors file, one of PyTorch (.pth), an ONNX model, or an output folder. "
        + "Those of another number of classes are taken but for the last layer.",
      valueName: "path"),
    completion: .file(), transform: nonEmptyPath)
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "Whether all tensors in --weights must fit the network, but for another number of classes; off "
        + "takes those that do. (default: on)", valueName: "on|off"))
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
    return try described(by: checkpoint, in: job).network.inputShape
  }

  /// The network that weights belong to, and how many classes they were made for, if they say so.
  private struct Description: Codable {
    let network: Network
    let classes: Int?
  }

  private func described(by checkpoint: String?, in job: Job) throws -> Description {
    guard let source = weights ?? checkpoint else { throw Self.noModel }
    return try job.fromFirstRank("reading the network") {
      let file = try ModelFile(contentsOf: source)
      return Description(network: try file.describedNetwork(), classes: file.classNames?.count)
    }
  }

  /// The network with a new last layer, where the weights are for another number of classes than
  /// the data set has.
  private func withOwnHead(_ described: Description, classes: Int) throws -> Network {
    let output = try described.network.graph().outputShape
    guard output.rank == 1, output[0] != classes, described.classes != classes else {
      return described.network
    }
    // One output tells two classes apart.
    if output[0] == 1, classes == 2, described.classes ?? 2 == 2 { return described.network }
    return described.network.withOutputs(classes) ?? described.network
  }

  /// The named network, made for the data; without a name, the one that the weights belong to, with
  /// a new last layer if the data set has another number of classes.
  /// - Parameter checkpoint: what is resumed, if anything.
  func network(
    for data: DatasetPair, describedBy checkpoint: String?, in job: Job
  ) throws -> Network {
    var network: Network
    if let model {
      network = try width.network(
        named: model, input: data.train.imageShape, classes: data.train.classNames.count)
    } else {
      let described = try described(by: checkpoint, in: job)
      network =
        weights == nil
        ? described.network
        : try withOwnHead(described, classes: data.train.classNames.count)
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

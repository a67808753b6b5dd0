import ArgumentParser
import Tandem
import TandemInsight
import TandemLive
import TandemNetwork

/// `tandem serve`: a trained network that answers to what one draws.
struct ServeCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve a page on which a trained network says what a picture shows.",
    discussion: """
      One draws, drops or chooses a picture; the network tells how likely each class is, and by Grad-CAM what \
      in the picture speaks for it. Pictures are prepared as the run's own. ctrl-C ends it.

      Example:
        tandem serve run1
        tandem serve --weights a.safetensors --port 8891
      """
  )

  @Argument(
    help: ArgumentHelp("The output folder of a run.", valueName: "folder"),
    completion: .directory, transform: nonEmptyPath)
  var folder: String?

  @Option(
    help: ArgumentHelp(
      "A .safetensors file or one of PyTorch (.pth), instead of a run.", valueName: "path"),
    completion: .file(), transform: nonEmptyPath)
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "The network, for weights that do not say which they belong to.", valueName: "name"),
    completion: .models)
  var model: String?

  @OptionGroup
  var shape: ModelShapeOptions

  @OptionGroup
  var scaling: PixelScaling

  @OptionGroup
  var page: PageOptions

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  @OptionGroup(title: "Messages")
  var messages: MessageOptions

  func validate() throws {
    if (folder == nil) == (weights == nil) {
      throw ValidationError("name the folder of a run, or --weights; one of them")
    }
    if model == nil, shape.isGiven {
      throw ValidationError("\(ModelShapeOptions.names) belong to a --model; name it too")
    }
  }

  func run() throws {
    let file = try ModelFile(contentsOf: folder ?? weights ?? "")
    let network =
      try model.map { try shape.network(named: $0) } ?? file.describedNetwork()
    let prepared = try InspectedPicture.Preparation(for: network, file, scaling)
    let served = try ServedNetwork(
      ServedNetwork.Model(
        network: network, file: file, recipe: prepared.recipe,
        normalization: prepared.normalization),
      at: page.place, workers: parallelism.workers)
    StandardErrorLog.warn(served.warnings)
    served.start()
    try page.serve(served.address)
  }
}

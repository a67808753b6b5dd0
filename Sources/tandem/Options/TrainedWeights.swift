import ArgumentParser

/// Weights that a command uses, and which network they belong to.
struct TrainedWeights: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A .safetensors file, one of PyTorch (.pth), an ONNX model, or the output folder of a run.",
      valueName: "path"),
    completion: .file(), transform: nonEmptyPath)
  var weights: String

  @Option(
    help: ArgumentHelp(
      "The network, for weights that do not say which they belong to.", valueName: "name"),
    completion: .models)
  var model: String?
}

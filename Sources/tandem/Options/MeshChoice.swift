import ArgumentParser
import Tandem
import TandemNetwork

/// How workers share a network, for commands that compute with it.
struct MeshChoice: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the devices of a mesh share: data (nothing), model (all layers) or hybrid (dense layers). "
        + "(default: data)", valueName: "kind"))
  var parallelism = Parallelism.data

  @Option(
    help: ArgumentHelp(
      "The workers as data parts of a batch x devices that share each: 1x2 are the two devices of "
        + "AlexNet. (default: one part for each worker)", valueName: "DxM"),
    transform: dataByModel)
  var mesh: Mesh?

  func apply(to options: inout TrainingOptions) {
    options.parallelism = parallelism
    options.mesh = mesh
  }
}

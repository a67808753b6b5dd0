import ArgumentParser
import Tandem
import TandemInsight
import TandemNetwork
import TandemTensor

/// `tandem filters`: the kernels of a convolution, random and trained side by side.
struct FiltersCommand: SavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "filters",
    abstract: "Show the kernels of a convolution before and after training.",
    discussion: """
      Kernels of three channels are shown in colours, others by one of their channels in greys: a weight of 0 \
      is grey, the largest of the panel's black or white. The random kernels are those that a training with \
      the same --seed begins with.

      Example:
        tandem filters --weights run1 --output filters.png
        tandem filters --weights run1 --layer conv2 --input-channel 5 --output b.svg
      """
  )

  @OptionGroup
  var model: InspectedModel

  @Option(
    help: ArgumentHelp("The convolution. (default: the first)", valueName: "path"),
    transform: nonEmptyPath)
  var layer: String?

  @Option(
    help: ArgumentHelp("Show at most this many kernels. (default: 64)", valueName: "n"),
    transform: atLeast(1, atMost: 1024))
  var count = 64

  @Option(
    help: ArgumentHelp(
      "Which input channel is shown of kernels that are no colours. (default: 0)", valueName: "n"),
    transform: atLeast(0))
  var inputChannel = 0

  @Option(help: ArgumentHelp("Of the random kernels. (default: 0)", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup
  var drawing: DrawingOptions

  var savesResults: Bool { drawing.output != nil }

  private static let side = 48

  func run() throws {
    let target = try drawing.target()
    let (file, network) = try model.open()
    let kernels = try KernelComparison(
      of: network, file, layer: layer, seed: seed, inputChannel: inputChannel)
    let shown = min(count, kernels.count)
    let sheet = TileSheet(kernels.panels(shown), side: Self.side, isSideBySide: true)
    try target.write(sheet.encoded)
    if drawing.json {
      try printJSON(
        Report(
          model: network.name, weights: model.weights, layer: kernels.layer, shape: kernels.shape,
          shown: shown, output: target.words))
    } else {
      printReport(
        "\(shown) of \(counted(kernels.count, "kernel")) of \(kernels.layer) of \(network.name), "
          .messageLine + "random and trained, in \(target.words)".messageLine)
    }
  }

  private struct Report: Encodable {
    let model: String
    let weights: String
    let layer: String
    /// `[O, I, KH, KW]`
    let shape: Shape
    let shown: Int
    let output: String
  }
}

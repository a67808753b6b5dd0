import ArgumentParser
import Tandem
import TandemInsight
import TandemNetwork
import TandemTensor
import TandemTraining

/// `tandem ascend`: what filters look for.
struct AscendCommand: SavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "ascend",
    abstract: "Show what filters look for, by images that are changed until they answer.",
    discussion: """
      From grey noise on, the image goes along the gradient of the mean of the filter's outputs; before each \
      step it is moved by a few pixels, after some it is blurred, and always it is drawn back to grey a \
      little. Of a layer without a place in the image, such as the last one, an output is what is looked for.

      Example:
        tandem ascend --weights run1 --layer conv2 --filter 0..15 --output conv2.png
      """
  )

  @OptionGroup
  var model: InspectedModel

  @OptionGroup
  var scaling: PixelScaling

  @Option(
    help: ArgumentHelp(
      "The layer, or the block whose last layer is meant: conv2, features.10.", valueName: "path"),
    transform: nonEmptyPath)
  var layer: String

  @Option(
    help: ArgumentHelp(
      "Channels of the layer: 0..15, or 3,5,8. (default: the first 16)", valueName: "numbers"),
    transform: filterNumbers)
  var filter: [Int]?

  @Option(
    help: ArgumentHelp(
      "Side of the images in pixels. (default: the network's, 128 at most)", valueName: "n"),
    transform: atLeast(8, atMost: 1024))
  var size: Int?

  @Option(
    help: ArgumentHelp("Steps of the ascent. (default: 40)", valueName: "n"),
    transform: atLeast(1, atMost: 10_000))
  var steps = 40

  @Option(help: ArgumentHelp("Of the noise. (default: 0)", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup
  var drawing: DrawingOptions

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  var savesResults: Bool { drawing.output != nil }

  private static let usualSide = 128
  private static let usualCount = 16
  private static let leastTile = 96

  func run() throws {
    let target = try drawing.target()
    let (file, network) = try model.open()
    guard network.inputShape.rank == 3 else {
      throw InsightError.noPictures(network: network.name, input: network.inputShape)
    }
    let node = try network.withDropout(0).graph().layer(at: layer)
    let shape = imageShape(of: network, node)
    let progress = InspectionProgress("filter")
    let inspector = try Inspector(
      network: network, weights: file,
      Inspector.Request(end: layer, gradientOfImage: true, imageShape: shape),
      workers: parallelism.workers, progress: progress.note)
    StandardErrorLog.warn(inspector.warnings)
    let channels = inspector.graph.outputShape[0]
    let filters = filter ?? Array(0..<min(channels, Self.usualCount))
    let start = ContinuousClock.now
    let results = try FilterAscent(side: shape[1], steps: steps, seed: seed).run(
      inspector, layer: node.name, filters: filters,
      normalization: scaling.normalization(file, channels: shape[0]))
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let columns = Int(Double(filters.count).squareRoot().rounded(.up))
    let sheet = TileSheet(
      [
        TileSheet.Panel(
          "\(node.name) of \(network.name): what it looks for",
          results.map {
            TileSheet.Tile(
              $0.picture, label: $0.isDead ? "\($0.filter) never answers" : "\($0.filter)")
          }, columns: columns)
      ], side: max(Self.leastTile, shape[1]))
    try target.write(sheet.encoded)
    if drawing.json {
      try printJSON(
        Report(
          model: network.name, weights: model.weights, layer: node.name, output: target.words,
          size: shape[1], steps: steps, seconds: seconds,
          filters: results.map {
            Report.Filter(
              filter: $0.filter, before: Double($0.before), after: Double($0.after),
              isDead: $0.isDead)
          }))
    } else {
      printReport(
        "what \(counted(filters.count, "filter")) of \(node.name) of \(network.name) look for in "
          .messageLine
          + "\(target.words), by \(steps) steps in \(decimals(seconds, 1)) s".messageLine)
    }
  }

  /// Convolutions take images of any size; behind dense layers only the network's own will do.
  private func imageShape(of network: Network, _ node: NetworkGraph.Node) -> Shape {
    let own = network.inputShape
    if let size { return [own[0], size, size] }
    let longest = max(own[1], own[2])
    guard node.hasSpatialExtent, longest > Self.usualSide else { return own }
    return [own[0], Self.usualSide, Self.usualSide]
  }

  private struct Report: Encodable {
    struct Filter: Encodable {
      let filter: Int
      /// The mean of the filter's outputs for the noise and for the image.
      let before: Double
      let after: Double
      let isDead: Bool
    }

    let model: String
    let weights: String
    let layer: String
    let output: String
    let size: Int
    let steps: Int
    let seconds: Double
    let filters: [Filter]
  }
}

/// `0..15`, `7`, or `3,5,8`.
let filterNumbers: @Sendable (String) throws -> [Int] = { text in
  let wrong = ValidationError("give numbers, for example 0..15 or 3,5,8; at most 256 of them")
  let numbers = try text.split(separator: ",", omittingEmptySubsequences: false).flatMap {
    part -> [Int] in
    let ends = part.components(separatedBy: "..").map { Int($0) }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
      first >= 0, last >= first, last - first < 256
    else { throw wrong }
    return Array(first...last)
  }
  guard numbers.count <= 256 else { throw wrong }
  return numbers
}

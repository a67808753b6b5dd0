import ArgumentParser
import Tandem
import TandemInsight
import TandemTensor
import TandemTraining

/// `tandem activations`: what the channels of layers make of a picture.
struct ActivationsCommand: SavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "activations",
    abstract: "Show what the channels of layers put out for a picture.",
    discussion: """
      Each channel is a tile, light where it is high. Channels that are nowhere above 0 are crossed out and \
      counted: behind a ReLU they say nothing of the picture.

      Example:
        tandem activations --input a.jpg --weights run1 --layers conv1 --output a.png
      """
  )

  @Option(
    help: ArgumentHelp("The picture.", valueName: "file"), completion: .file(),
    transform: nonEmptyPath)
  var input: String

  @OptionGroup
  var model: InspectedModel

  @OptionGroup
  var scaling: PixelScaling

  @Option(
    help: ArgumentHelp(
      "The layers, or blocks whose last layers are meant, with commas between them.",
      valueName: "path,path,…"),
    transform: layerPaths)
  var layers: [String]

  @Option(
    help: ArgumentHelp("Show at most this many channels of a layer. (default: 64)", valueName: "n"),
    transform: atLeast(1, atMost: 1024))
  var channels = 64

  @OptionGroup
  var drawing: DrawingOptions

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  var savesResults: Bool { drawing.output != nil }

  /// Of a tile in pixels.
  private static let side = 72
  private static let columns = 16

  func run() throws {
    let target = try drawing.target()
    let (file, network) = try model.open()
    let graph = try network.withDropout(0).graph()
    for path in layers {
      let node = try graph.layer(at: path)
      guard node.hasSpatialExtent else {
        throw InsightError.noExtent(
          layer: node.name, network: network.name, shape: node.outputShape,
          instead: graph.lastSpatialNode?.name)
      }
    }
    let shown = try InspectedPicture(input, for: network, file, scaling)
    let inspector = try Inspector(
      network: network, weights: file,
      Inspector.Request(layers: layers, gradients: false), workers: parallelism.workers)
    StandardErrorLog.warn(inspector.warnings)
    let (pixels, count) = (shown.pixels, layers.count)
    let outputs = try inspector.map(1) { _, probe in
      _ = try probe.forward(pixels)
      return (0..<count).map { probe.output($0) }
    }[0]
    let maps = zip(layers, outputs).map { ChannelMaps(layer: $0, outputs: $1) }
    let sheet = TileSheet(maps.map(panel), side: Self.side)
    try target.write(sheet.encoded)
    let report = Report(
      model: network.name, weights: model.weights, picture: input, output: target.words,
      layers: maps.map(Report.Layer.init))
    if drawing.json {
      try printJSON(report)
    } else {
      printReport(report.text)
    }
  }

  private func panel(_ maps: ChannelMaps) -> TileSheet.Panel {
    let count = min(channels, maps.channels)
    let shown = count < maps.channels ? ", the first \(count) shown" : ""
    return TileSheet.Panel(
      "\(maps.layer) \(maps.outputs.shape): \(maps.deadChannels.count) of "
        + "\(counted(maps.channels, "channel")) dead\(shown)",
      (0..<count).map {
        TileSheet.Tile(maps.picture($0), label: "\($0)", isDead: maps.isDead($0))
      }, columns: Self.columns)
  }

  private struct Report: Encodable {
    struct Layer: Encodable {
      let layer: String
      let shape: Shape
      /// Channels that are nowhere above 0.
      let dead: [Int]
      let mean: Double
      let largest: Double

      init(_ maps: ChannelMaps) {
        layer = maps.layer
        shape = maps.outputs.shape
        dead = maps.deadChannels
        mean = maps.mean
        largest = Double(maps.largest)
      }
    }

    let model: String
    let weights: String
    let picture: String
    let output: String
    let layers: [Layer]

    var text: String {
      let dead = layers.map {
        "\($0.layer): \($0.dead.count) of \(counted($0.shape[0], "channel")) dead"
      }
      return "\(counted(layers.count, "layer")) of \(model) for \(picture) in \(output): "
        .messageLine
        + dead.joined(separator: ", ").messageLine
    }
  }
}

/// Paths of layers with commas between them.
let layerPaths: @Sendable (String) throws -> [String] = { text in
  let paths = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  guard paths.allSatisfy({ !$0.isEmpty }) else {
    throw ValidationError("give layers with commas between them, for example conv1,pool2")
  }
  return paths
}

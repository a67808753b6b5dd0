import ArgumentParser
import Foundation
import Tandem
import TandemExport
import TandemTensor

/// `tandem export`: a trained network for other programs.
struct ExportCommand: SavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a trained network as an ONNX file, which other programs run.",
    discussion: """
      The file is what the network computes at inference: its input is called input, [N, C, H, W], and its output \
      logits, what predict gives. Pictures have to be brought to the size of the images before; with \
      --with-preprocessing the graph takes their bytes and does the rest.

      Example:
        tandem export run1 model.onnx --dynamic-batch --with-preprocessing
        tandem export --weights vgg16.pth --model vgg-16-torchvision vgg16.onnx
      """
  )

  @Argument(
    help: ArgumentHelp(
      "The output folder of a run or a weight file, unless --weights names one, then the file to write.",
      valueName: "paths"),
    completion: .file(), transform: nonEmptyPath)
  var paths: [String] = []

  @Option(
    help: ArgumentHelp(
      "A .safetensors file, one of PyTorch (.pth), an ONNX model, or the output folder of a run.",
      valueName: "path"),
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

  @Flag(help: "Leave the number of images open. (default: one image)")
  var dynamicBatch = false

  @Flag(help: "Take the bytes of pictures, and scale them in the graph as in training.")
  var withPreprocessing = false

  @Flag(
    help: ArgumentHelp(
      "Write large weights to a second file, named after the first with .data at the end. Those above 2 GiB "
        + "always go there."))
  var externalData = false

  @Flag(help: "Print JSON.")
  var json = false

  var savesResults: Bool { true }

  func validate() throws {
    if model == nil, shape.isGiven {
      throw ValidationError("\(ModelShapeOptions.names) belong to a --model; name it too")
    }
    let expected = weights == nil ? 2 : 1
    guard paths.count == expected else {
      throw ValidationError(
        weights == nil
          ? "name the trained network and the file to write: tandem export run1 model.onnx"
          : "name the file to write, and nothing else beside --weights")
    }
    guard target.lowercased().hasSuffix(".onnx") else {
      throw ValidationError("\(target): give the name of a file that ends in .onnx")
    }
  }

  private var source: String { weights ?? paths[0] }
  private var target: String { paths[paths.count - 1] }

  func run() throws {
    try ResultFile.check(target)
    let file = try ModelFile(contentsOf: source)
    let network = try model.map { try shape.network(named: $0) } ?? file.describedNetwork()
    let channels = network.inputShape.rank == 3 ? network.inputShape[0] : 1
    let normalization =
      withPreprocessing
      ? try scaling.normalization(file, channels: channels)
      : try scaling.normalize?.withoutImages(channels: channels) ?? file.normalization
    let export = try ONNXExport(
      network, file, normalization,
      ONNXOptions(
        dynamicBatch: dynamicBatch, withPreprocessing: withPreprocessing,
        externalData: externalData))
    StandardErrorLog.warn(export.warnings)
    let data = try export.write(to: target)
    let report = Report(
      model: network.name, weights: source, output: target, externalData: data != nil,
      input: export.inputDescription, inputShape: network.inputShape,
      outputShape: try network.graph().outputShape, dynamicBatch: dynamicBatch,
      withPreprocessing: withPreprocessing,
      bytes: [target, data].compactMap(\.self).reduce(0) {
        $0 + Int(FileSystem.status($1)?.st_size ?? 0)
      })
    if json {
      try printJSON(report)
    } else {
      printReport(report.text(data: data, pictures: file.pictureRecipe))
    }
  }

  private struct Report: Encodable {
    let model: String
    let weights: String
    let output: String
    /// Whether the weights are in a file of their own.
    let externalData: Bool
    /// What the graph takes, in words.
    let input: String
    /// Of one image.
    let inputShape: Shape
    let outputShape: Shape
    let dynamicBatch: Bool
    let withPreprocessing: Bool
    /// Of all files.
    let bytes: Int

    func text(data: String?, pictures: PictureRecipe?) -> String {
      let files = [output, data].compactMap(\.self).joined(separator: " and ")
      var lines = [
        "\(model) of \(weights) in \(files), \(bytes.grouped) bytes".messageLine,
        "input: \(input)".messageLine, "logits: \(outputShape.batchedDescription)",
      ]
      if let pictures {
        let size = "\(pictures.imageShape[2])×\(pictures.imageShape[1])"
        lines.append("not in the graph: pictures become \(size) pixels, \(pictures.text)")
      }
      return lines.joined(separator: "\n")
    }
  }
}

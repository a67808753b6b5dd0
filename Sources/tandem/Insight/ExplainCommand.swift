import ArgumentParser
import Tandem
import TandemInsight
import TandemNetwork
import TandemTensor

/// `tandem explain`: what in a picture speaks for a class.
struct ExplainCommand: SavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show what in a picture speaks for a class.",
    discussion: """
      The drawing has the picture as the network sees it, and beside it for each class a map of what speaks \
      for it, over the picture and alone. The methods:
        grad-cam     a layer's maps, weighted by the gradients of the class's logit
        occlusion    by how much the logit falls while a square of the picture is covered
        saliency     the gradient of the logit with respect to the pixels
        guided       the same, where ReLUs let only positive gradients through
        smooth-grad  the mean of that gradient over copies of the picture with noise

      Example:
        tandem explain photo.jpg --weights run1 --output evidence.png
        tandem explain a.jpg --weights run1 --method occlusion --output a.svg
      """
  )

  @Argument(
    help: ArgumentHelp("The picture, or - for one on standard input."), completion: .file(),
    transform: nonEmptyPath)
  var picture: String

  @OptionGroup
  var model: InspectedModel

  @OptionGroup
  var scaling: PixelScaling

  @Option(
    help: ArgumentHelp(
      "grad-cam, occlusion, saliency, guided or smooth-grad. (default: grad-cam)",
      valueName: "method"))
  var method: EvidenceMethod = .gradCAM

  @Option(
    help: ArgumentHelp(
      "The layer whose maps Grad-CAM looks at. (default: the last whose outputs have a place in the picture)",
      valueName: "path"),
    transform: nonEmptyPath)
  var layer: String?

  @Option(
    help: ArgumentHelp("Show this many classes, the likeliest first. (default: 3)", valueName: "n"),
    transform: atLeast(1, atMost: 20))
  var top = 3

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "A class to show instead, by its name or label; may be given several times.",
      valueName: "class"))
  var wanted: [String] = []

  @Option(help: ArgumentHelp("Decides what noise smooth-grad adds. (default: 0)", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup
  var drawing: DrawingOptions

  @Option(
    help: ArgumentHelp(
      "Also write the maps as an array [classes, height, width].", valueName: "file.npy"),
    completion: .file(), transform: nonEmptyPath)
  var maps: String?

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  var savesResults: Bool { drawing.output != nil || maps != nil }

  func validate() throws {
    if layer != nil, !method.usesLayer {
      throw ValidationError("--layer is for --method grad-cam; \(method.rawValue) looks at pixels")
    }
  }

  func run() throws {
    let target = try drawing.target()
    let (file, network) = try model.open()
    let shown = try InspectedPicture(picture, for: network, file, scaling)
    let progress = InspectionProgress("image")
    let evidence = try Evidence(
      network: network, weights: file, method: method, layer: layer, workers: parallelism.workers,
      progress: progress.note)
    StandardErrorLog.warn(evidence.warnings)
    let names = ClassLabels(file.classNames, count: evidence.classes)
    let loss = try file.loss ?? Loss.Kind(naturalFor: network.graph())
    let logits = try evidence.logits(shown.pixels)
    let answers = Self.answers(logits, loss)
    let ranked = answers.indices.sorted { (-answers[$0].value, $0) < (-answers[$1].value, $1) }
    let labels = try wanted.isEmpty ? Array(ranked.prefix(top)) : wanted.map(names.label)
    let maps = try evidence.maps(of: shown.pixels, for: labels, seed: seed)
    if let path = self.maps { try write(maps, to: path) }
    let report = Report(
      model: network.name, weights: model.weights, picture: picture, method: method.rawValue,
      layer: evidence.layer, output: target.words,
      classes: zip(labels, maps).map { label, map in
        Report.Class(
          label: label, name: names.name(label), probability: answers[label].probability,
          largest: Double(map.largest), isEmpty: map.isEmpty)
      })
    let sheet = EvidenceSheet(
      image: shown.picture,
      columns: zip(report.classes, maps).map { EvidenceSheet.Column(heading: $0.text, map: $1) },
      caption: caption(evidence.layer), cutOff: method.cutOff)
    try target.write(sheet.encoded)
    if drawing.json {
      try printJSON(report)
    } else {
      printReport(report.text)
    }
  }

  private func caption(_ layer: String?) -> String {
    switch method {
    case .gradCAM: "Grad-CAM of \(layer ?? "")"
    case .occlusion: "fall of the logit while covered"
    case .saliency: "gradient of the pixels"
    case .guided: "guided gradient of the pixels"
    case .smoothGrad: "SmoothGrad: mean of \(Evidence.noisyCopies) gradients of noisy copies"
    }
  }

  private func write(_ maps: [EvidenceMap], to path: String) throws {
    let shape: Shape = [maps.count, maps[0].height, maps[0].width]
    try NumPyArray(Tensor(shape: shape, elements: maps.flatMap(\.values))).write(to: path)
  }

  /// What the classes are sorted by, and the probabilities of outputs that stand for such. One
  /// output stands for two classes.
  private static func answers(
    _ logits: [Float], _ loss: Loss.Kind
  ) -> [(value: Float, probability: Double?)] {
    let probabilities = logits.withUnsafeBufferPointer { loss.probabilities(outputs: $0) }
    if logits.count == 1 {
      let second = probabilities?.first
      return [
        (-logits[0], second.map { 1 - Double($0) }), (logits[0], second.map { Double($0) }),
      ]
    }
    return logits.indices.map { label in
      (logits[label], probabilities.map { Double($0[label]) })
    }
  }

  private struct Report: Encodable {
    struct Class: Encodable {
      let label: Int
      let name: String
      let probability: Double?
      /// The map's largest value.
      let largest: Double
      /// Whether nothing in the picture speaks for the class.
      let isEmpty: Bool

      var text: String { name + (probability.map { " " + percent($0) } ?? "") }
    }

    let model: String
    let weights: String
    let picture: String
    let method: String
    let layer: String?
    let output: String
    let classes: [Class]

    var text: String {
      let list = classes.map { $0.text + ($0.isEmpty ? " (nothing speaks for it)" : "") }
      let by = layer.map { "\(method) of \($0)" } ?? method
      return "what speaks in \(picture) for ".messageLine
        + "\(list.joined(separator: ", ")), by \(by), in \(output)".messageLine
    }
  }
}

extension EvidenceMethod: ExpressibleByArgument {}

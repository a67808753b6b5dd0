import Tandem
import TandemImage
import TandemInsight
import TandemNetwork
import TandemTraining

/// The parts of a report that need the weights and the images: where the network is wrong, what it
/// looks at, what its first layer has become.
struct RunInsight {
  private let measured: MeasuredWeights
  private let run: ReportedRun
  private let workers: Int?

  init(_ measured: MeasuredWeights, _ run: ReportedRun, workers: Int?) {
    self.measured = measured
    self.run = run
    self.workers = workers
  }

  private static let mostMistakes = 24
  private static let mostClasses = 20
  private static let mostPairs = 15
  private static let mostExplained = 6
  private static let mostKernels = 64
  /// Of a kernel in pixels.
  private static let kernelSide = 48

  var sections: [ReportSection?] {
    [results, mistakes, explanations, Self.filters(of: run)]
  }

  private var analysis: EvaluationAnalysis { measured.analysis }

  // MARK: Results

  private var results: ReportSection {
    let result = measured.evaluation.result
    let all = measured.available
    let some = result.images < all ? " (of \(all.grouped), evenly spread)" : ""
    let interval =
      analysis.top1Interval.map {
        " (\(decimals(100 * $0.low, 1)) to \(decimals(100 * $0.high, 1)) with 95 % confidence)"
      } ?? ""
    return ReportSection(
      id: "results", title: "Results by class",
      [
        .element(
          "p",
          text: "With \(run.weights.words), on \(result.images.grouped) images\(some): loss "
            + "\(lossText(result.loss)), \(percent(result.top1)) right\(interval)."),
        confusion, classes,
      ])
  }

  private var confusion: HTMLNode {
    let names = analysis.perClass.map(\.name)
    if names.count > Self.mostClasses { return pairs }
    var counts = names.map { _ in [Int](repeating: 0, count: names.count) }
    for entry in analysis.confusions
    where counts.indices.contains(entry.label) && counts.indices.contains(entry.predicted) {
      counts[entry.label][entry.predicted] = entry.images
    }
    return ReportTable.matrix(names, counts)
  }

  /// The most frequent mistakes of many classes.
  private var pairs: HTMLNode {
    let worst = analysis.worstConfusions.prefix(Self.mostPairs)
    if worst.isEmpty { return .nothing }
    return ReportTable(
      [.words("Class"), .words("Taken for"), .numbers("Images")],
      worst.map { [analysis.name($0.label), analysis.name($0.predicted), "\($0.images)"] },
      caption: "The most frequent mistakes"
    ).node
  }

  private var classes: HTMLNode {
    let table = ReportTable(
      [
        .words("Class"), .numbers("Images"), .numbers("Taken for it"), .numbers("Precision"),
        .numbers("Recall"), .numbers("F1"),
      ],
      analysis.perClass.map { entry in
        [
          entry.name, entry.images.grouped, entry.predicted.grouped,
          entry.precision.map(percent) ?? "", entry.recall.map(percent) ?? "",
          entry.f1.map(percent) ?? "",
        ]
      }, caption: "Each class"
    ).node
    guard analysis.perClass.count > Self.mostClasses else { return table }
    return .element("details", [:], [.element("summary", text: "Each class in numbers"), table])
  }

  // MARK: Images

  /// Whether images can be shown as pictures.
  private var hasPictures: Bool {
    measured.imageShape.rank == 3 && [1, 3].contains(measured.imageShape[0])
  }

  private var noPictures: [HTMLNode] {
    [
      .element(
        "p",
        text:
          "Images \(measured.imageShape) are no pictures of 1 or 3 channels that could be shown.")
    ]
  }

  private var mistakes: ReportSection {
    let worst = analysis.topLosses(measured.evaluation.images.count)
      .filter { !measured.evaluation.images[$0].isHit }
    return section("mistakes", "Worst mistakes") {
      if worst.isEmpty {
        return [.element("p", text: "There are none: each image is taken for what it is.")]
      }
      let shown = worst.prefix(Self.mostMistakes)
      return [
        .element(
          "p",
          text:
            "\(shown.count) of \(counted(worst.count, "mistake")), those with the largest losses."),
        .element("ul", ["class": "pictures"], try shown.map(mistake)),
      ]
    }
  }

  private func mistake(_ index: Int) throws -> HTMLNode {
    let image = measured.evaluation.images[index]
    let (label, predicted) = (analysis.name(image.label), analysis.name(image.predicted))
    let sure = image.confidence.map { " (\(percent(Double($0))))" } ?? ""
    return .element(
      "li", [:],
      [
        try ReportPicture.node(
          try measured.picture(ofImage: index),
          alt: "Image \(measured.name(ofImage: index)): \(label), taken for \(predicted)"),
        .element("div", [:], [.element("strong", text: label)]),
        .element("div", ["class": "quiet"], text: "taken for \(predicted)\(sure)"),
        .element("div", ["class": "quiet"], text: measured.name(ofImage: index)),
      ])
  }

  // MARK: Explanations

  /// Half of them the worst mistakes, the others the surest hits of different classes.
  private var explained: [Int] {
    let images = measured.evaluation.images
    let mistakes = analysis.topLosses(images.count).filter { !images[$0].isHit }
      .prefix(Self.mostExplained / 2)
    var known: Set<Int> = []
    let hits = images.indices.filter { images[$0].isHit }
      .sorted { (images[$0].loss, $0) < (images[$1].loss, $1) }
      .filter { known.insert(images[$0].label).inserted }
    return Array(mistakes) + hits.prefix(Self.mostExplained - mistakes.count)
  }

  private var explanations: ReportSection {
    section("evidence", "What spoke for the answers") {
      guard let file = measured.file else { return [] }
      let evidence = try Evidence(
        network: measured.network, weights: file, method: .gradCAM, workers: workers)
      return [
        .element(
          "p",
          text: "Grad-CAM of \(evidence.layer ?? ""): light where the picture speaks for a class. "
            + "Mistakes come first, with what spoke for the right class beside them."),
        .element(
          "div", ["class": "evidence"], try explained.map { try explanation($0, evidence) }),
      ]
    }
  }

  private func explanation(_ index: Int, _ evidence: Evidence) throws -> HTMLNode {
    let image = measured.evaluation.images[index]
    let labels = image.isHit ? [image.label] : [image.predicted, image.label]
    let picture = try measured.picture(ofImage: index)
    let maps = try evidence.maps(of: try measured.pixels(ofImage: index), for: labels)
    let name = measured.name(ofImage: index)
    let shown = try zip(labels, maps).map { label, map in
      HTMLNode.element(
        "div", [:],
        [
          try ReportPicture.node(
            picture, below: map, cutOff: EvidenceMethod.gradCAM.cutOff,
            alt: "What in image \(name) speaks for \(analysis.name(label))"
              + (map.isEmpty ? ": nothing" : "")),
          .element(
            "div", ["class": "quiet"],
            text: "for \(analysis.name(label))" + (map.isEmpty ? ": nothing" : "")),
        ])
    }
    let first = HTMLNode.element(
      "div", [:],
      [
        try ReportPicture.node(picture, alt: "Image \(name)"),
        .element("div", ["class": "quiet"], text: "image \(name)"),
      ])
    let words =
      image.isHit
      ? "\(analysis.name(image.label)), taken for it"
      : "\(analysis.name(image.label)), taken for \(analysis.name(image.predicted))"
    return .element(
      "figure", [:],
      [
        .element("h3", text: words + (image.confidence.map { " (\(percent(Double($0))))" } ?? "")),
        .element("div", ["class": "row"], [first] + shown),
      ])
  }

  /// A section that says why it is empty where it cannot be made.
  private func section(
    _ id: String, _ title: String, _ content: () throws -> [HTMLNode]
  ) -> ReportSection {
    if !hasPictures { return ReportSection(id: id, title: title, noPictures) }
    do {
      return ReportSection(id: id, title: title, try content())
    } catch {
      return ReportSection(
        id: id, title: title, [.element("p", text: "Not shown: \(ReportedRun.reason(error)).")])
    }
  }

  // MARK: Filters

  /// Kernels of the first convolution before and after; they need no images.
  static func filters(of run: ReportedRun) -> ReportSection? {
    do {
      let file = try ModelFile(contentsOf: run.weights.path)
      let network = try file.describedNetwork()
      guard
        try network.graph().nodes.contains(where: { $0.parameters.contains { $0.shape.rank == 4 } })
      else { return nil }
      let kernels = try KernelComparison(
        of: network, file, layer: nil, seed: run.record?.seed ?? 0)
      let shown = min(mostKernels, kernels.count)
      let sheets = try zip(kernels.panels(shown), ["before", "after"]).map { panel, when in
        HTMLNode.element(
          "figure", [:],
          [
            ReportPicture.drawing(
              try TileSheet([panel], side: kernelSide).encoded(as: .png),
              alt: "Kernels of \(kernels.layer) \(when) training"),
            .element("figcaption", text: "\(when.capitalized) training"),
          ])
      }
      let began =
        run.record?.parent.map { "The training began with \($0); " }
        ?? "The training began with these: "
      return ReportSection(
        id: "filters", title: "First filters, before and after",
        [
          .element(
            "p",
            text:
              "\(began)the left ones are those that seed \(run.record?.seed ?? 0) makes. Where both sides "
              + "look alike, the layer has not learned."),
          .element("div", ["class": "sheets"], sheets),
        ])
    } catch {
      return ReportSection(
        id: "filters", title: "First filters, before and after",
        [.element("p", text: "Not shown: \(ReportedRun.reason(error)).")])
    }
  }
}

import TandemInsight
import TandemNetwork
import TandemTraining

/// What an evaluation found out: its JSON form and its text.
struct EvaluateReport: Encodable {
  struct TopAccuracy: Encodable {
    let k: Int
    let accuracy: Double
  }

  struct NamedConfusion: Encodable {
    let label: String
    let predicted: String
    let images: Int
  }

  /// One of the images with the largest losses.
  struct TopLoss: Encodable {
    let image: String
    let label: String
    let predicted: String
    /// nil for networks whose outputs are no probabilities.
    let labelProbability: Float?
    let loss: Double
  }

  /// Other weights on the same images.
  struct Comparison: Encodable {
    let weights: String
    let model: String
    let loss: Double
    let top1: Double
    let test: McNemarTest
  }

  let model: String
  let data: String
  let weights: String
  let views: Int
  let images: Int
  let loss: Double
  let top1: Double
  let top1Interval: ConfidenceInterval?
  let top5: Double
  let topK: [TopAccuracy]
  let perClass: [ClassMeasures]
  let macro: MeanMeasures
  let weighted: MeanMeasures
  /// All that occur, those that are right too.
  let confusions: [NamedConfusion]
  let calibration: Calibration?
  let topLosses: [TopLoss]?
  let topLossesSheet: String?
  let predictions: String?
  let against: Comparison?
  private let worst: [NamedConfusion]

  private enum CodingKeys: CodingKey {
    case model, data, weights, views, images, loss, top1, top1Interval, top5, topK, perClass, macro
    case weighted, confusions, calibration, topLosses, topLossesSheet, predictions, against
  }

  init(
    _ measured: MeasuredWeights, against other: MeasuredWeights?, data: String,
    _ details: DetailOptions, _ averaging: ViewOptions
  ) {
    let (result, analysis) = (measured.evaluation.result, measured.analysis)
    func named(_ confusion: Confusion) -> NamedConfusion {
      NamedConfusion(
        label: analysis.name(confusion.label), predicted: analysis.name(confusion.predicted),
        images: confusion.images)
    }
    model = measured.network.name
    self.data = data
    weights = measured.path
    views = averaging.views.count
    images = result.images
    loss = result.loss
    top1 = result.top1
    top1Interval = analysis.top1Interval
    top5 = result.top5
    topK = details.topCounts.map { TopAccuracy(k: $0, accuracy: analysis.topAccuracy($0)) }
    perClass = analysis.perClass
    macro = analysis.macro
    weighted = analysis.weighted
    confusions = analysis.confusions.map(named)
    worst = analysis.worstConfusions.map(named)
    calibration = analysis.calibration
    topLosses =
      details.shownLosses == 0
      ? nil
      : analysis.topLosses(details.shownLosses).map { index in
        let image = measured.evaluation.images[index]
        return TopLoss(
          image: measured.name(ofImage: index), label: analysis.name(image.label),
          predicted: analysis.name(image.predicted), labelProbability: image.labelProbability,
          loss: image.loss)
      }
    topLossesSheet = details.topLossesSheet
    predictions = details.predictions
    against = other.map {
      Comparison(
        weights: $0.path, model: $0.network.name, loss: $0.evaluation.result.loss,
        top1: $0.evaluation.result.top1,
        test: McNemarTest(measured.evaluation.images, $0.evaluation.images))
    }
  }
}

// MARK: - Text

extension EvaluateReport {
  func text() -> String {
    let views = views == 1 ? "" : ", \(views) views of each"
    let parts: [String?] = [
      "\(model.messageLine) on the \(images.grouped) test images of \(data.messageLine)\(views)",
      classTable,
      "Mean of the classes: \(text(of: macro)); by their images: \(text(of: weighted))",
      confusionTable, lossTable, calibration.map(text(of:)),
      "Loss \(decimals(loss, 4)), \(accuracies)",
      against.map(text(of:)),
      predictions.map { "\($0.messageLine) has a line for each image." },
      topLossesSheet.map {
        "\($0.messageLine) shows the images with the largest losses."
      },
    ]
    return parts.compactMap(\.self).joined(separator: "\n")
  }

  private var accuracies: String {
    let first = TopAccuracy(k: 1, accuracy: top1)
    let others = topK.filter { $0.k > 1 }
    return ([first] + others).map { entry in
      "top-\(entry.k) \(percent(entry.accuracy))" + (entry.k == 1 ? range(top1Interval) : "")
    }.joined(separator: ", ")
  }

  /// ` (87.1 to 95.6)`, in percent.
  private func range(_ interval: ConfidenceInterval?) -> String {
    interval.map { " (\(decimals(100 * $0.low, 1)) to \(decimals(100 * $0.high, 1)))" } ?? ""
  }

  private var classTable: String {
    func cell(_ value: Double?, _ interval: ConfidenceInterval?) -> String {
      value.map { percent($0) + range(interval) } ?? ""
    }
    return TextTable(
      columns: [
        .left("Class"), .right("Images"), .right("Taken for it"), .right("Precision (95 %)"),
        .right("Recall (95 %)"), .right("F1 (95 %)"),
      ],
      rows: perClass.map { entry in
        [
          entry.name, entry.images.grouped, entry.predicted.grouped,
          cell(entry.precision, entry.precisionInterval), cell(entry.recall, entry.recallInterval),
          cell(entry.f1, entry.f1Interval),
        ]
      }
    ).text
  }

  private func text(of means: MeanMeasures) -> String {
    "precision \(percent(means.precision)), recall \(percent(means.recall)), F1 \(percent(means.f1))"
  }

  /// Classes that a matrix of all confusions has room for, and pairs that are told of more.
  private static let mostClasses = 12
  private static let longestName = 12
  private static let mostPairs = 10

  /// The matrix, or the worst pairs of many classes; nil where all is right.
  private var confusionTable: String? {
    if worst.isEmpty { return nil }
    let names = perClass.map(\.name)
    let fits =
      names.count <= Self.mostClasses && Set(names).count == names.count
      && names.allSatisfy { $0.count <= Self.longestName }
    return fits ? matrix(names) : pairs(names)
  }

  private func matrix(_ names: [String]) -> String {
    var counts: [String: [String: Int]] = [:]
    for entry in confusions { counts[entry.label, default: [:]][entry.predicted] = entry.images }
    let rows = names.map { label in
      [label] + names.map { counts[label]?[$0]?.grouped ?? "." }
    }
    return "Classes, and across what their images were taken for:\n"
      + TextTable(columns: [.left("")] + names.map { .right($0) }, rows: rows).text
  }

  private func pairs(_ names: [String]) -> String {
    let totals = Dictionary(perClass.map { ($0.name, $0.images) }) { first, _ in first }
    let shown = worst.prefix(Self.mostPairs)
    let title =
      worst.count > shown.count
      ? "The \(shown.count) most frequent of \(worst.count.grouped) confusions:" : "Confusions:"
    let rows = shown.map { entry in
      [
        entry.label, entry.predicted, entry.images.grouped,
        percent(Double(entry.images) / Double(max(1, totals[entry.label] ?? 1))),
      ]
    }
    return title + "\n"
      + TextTable(
        columns: [
          .left("Class"), .left("Taken for"), .right("Images"), .right("Of the class"),
        ], rows: Array(rows)
      ).text
  }

  private var lossTable: String? {
    guard let topLosses else { return nil }
    return "The largest losses:\n"
      + TextTable(
        columns: [
          .left("Image"), .left("Class"), .left("Taken for"), .right("Its probability"),
          .right("Loss"),
        ],
        rows: topLosses.map { entry in
          [
            entry.image, entry.label, entry.predicted,
            entry.labelProbability.map { percent(Double($0)) } ?? "", lossText(entry.loss),
          ]
        }
      ).text
  }

  private func text(of calibration: Calibration) -> String {
    let excess = calibration.meanConfidence - top1
    let verdict =
      abs(excess) < 0.005 ? "as sure as it is right" : excess > 0 ? "too sure" : "not sure enough"
    return
      "Calibration error \(percent(calibration.expectedError)): on average \(percent(calibration.meanConfidence)) "
      + "sure and \(percent(top1)) right, \(verdict)"
  }

  private func text(of other: Comparison) -> String {
    let test = other.test
    let verdict =
      test.pValue >= 0.05
      ? "the difference may be chance"
      : "\((test.onlyFirstRight > test.onlySecondRight ? weights : other.weights).messageLine) is better"
    return """
      Against \(other.weights.messageLine) (\(other.model.messageLine)): loss \(decimals(other.loss, 4)), \
      top-1 \(percent(other.top1)). Both are right on \(test.bothRight.grouped), only this one on \
      \(test.onlyFirstRight.grouped), only the other on \(test.onlySecondRight.grouped), neither on \
      \(test.bothWrong.grouped)
      McNemar's exact test: p = \(significant(test.pValue)), \(verdict)
      """
  }
}

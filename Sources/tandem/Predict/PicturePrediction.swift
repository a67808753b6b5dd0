import Foundation
import Tandem
import TandemNetwork
import TandemProcess

/// What a network says of pictures, one after the other in groups that fit into memory; those that
/// cannot be read are told and passed over.
struct PicturePrediction {
  /// Pictures that are computed at once.
  static let group = 64

  /// What a network says of a picture.
  struct Answer: Encodable {
    struct Class: Encodable {
      let label: Int
      let name: String
      /// nil for networks whose outputs are no probabilities.
      let probability: Double?
    }

    let picture: String
    /// The most likely ones first.
    let classes: [Class]
  }

  struct Failure: Encodable {
    let picture: String
    let problem: String
  }

  private(set) var answers: [Answer] = []
  private(set) var failures: [Failure] = []
  /// The network's outputs, or what `--softmax` makes of them, of each picture that could be read.
  private(set) var outputs: [Float] = []
  private(set) var outputShape: Shape?

  /// - Parameters:
  ///   - views: of each picture, whose probabilities are averaged.
  ///   - top: classes to name of each picture.
  ///   - softmax: whether `outputs` are probabilities.
  /// - Throws: `PredictionError.noProbabilities`, `LossError.noProbabilities`, `ExecutionError`,
  ///   `MemoryError`.
  init(
    of inputs: [PictureInput], by predictor: Predictor, recipe: PictureRecipe,
    trained: Trained, views: PictureViews, top: Int, softmax: Bool
  ) throws {
    for start in stride(from: 0, to: inputs.count, by: Self.group) {
      let group = inputs[start..<min(inputs.count, start + Self.group)]
      var elements: [Float] = []
      var names: [String] = []
      for input in group {
        do {
          elements += try recipe.images(of: input.read(), views, trained.normalization)
          names.append(input.name)
        } catch {
          fail(input, error)
        }
      }
      guard !names.isEmpty else { continue }
      let images = Tensor(
        shape: predictor.network.inputShape.batched(names.count * views.count),
        elements: elements)
      var predictions = Predictions(logits: try predictor.logits(images), loss: trained.loss)
      if views.count > 1 { predictions = try predictions.pooled(views) }
      try add(
        predictions, names, trained, top, softmax: softmax, network: predictor.network.name)
    }
  }

  /// What is known of the training.
  struct Trained {
    let normalization: Normalization
    let loss: Loss.Kind
    let classNames: [String]?
  }

  private mutating func fail(_ input: PictureInput, _ error: any Error) {
    // Errors of files name them already.
    let problem = error is FileError ? "\(error)" : "\(input.name): \(error)"
    failures.append(Failure(picture: input.name, problem: problem))
    StandardErrorLog.warn([problem])
  }

  private mutating func add(
    _ predictions: Predictions, _ names: [String], _ trained: Trained, _ top: Int, softmax: Bool,
    network: String
  ) throws {
    let probabilities = try predictions.probabilities()
    if softmax, probabilities == nil {
      throw PredictionError.noProbabilities(network: network, loss: trained.loss)
    }
    let shown = softmax ? probabilities ?? predictions.logits : predictions.logits
    outputs += shown.elements
    outputShape = Shape(Array(shown.shape.dimensions.dropFirst()))
    let values = (probabilities ?? predictions.logits).elements
    let count = values.count / names.count
    for (row, name) in names.enumerated() {
      let own = Array(values[row * count..<(row + 1) * count])
      let classes = Self.classes(
        own, areProbabilities: probabilities != nil, predicted: predictions.classes[row], trained)
      answers.append(Answer(picture: name, classes: Array(classes.prefix(top))))
    }
  }

  /// All classes, the most likely one first; of a single output the two that it stands for.
  private static func classes(
    _ values: [Float], areProbabilities: Bool, predicted: Int?, _ trained: Trained
  ) -> [Answer.Class] {
    func named(_ label: Int, _ value: Float) -> Answer.Class {
      let names = trained.classNames ?? []
      return Answer.Class(
        label: label, name: names.indices.contains(label) ? names[label] : "\(label)",
        probability: areProbabilities ? Double(value) : nil)
    }
    if values.count == 1, let predicted {
      let pair = [named(0, 1 - values[0]), named(1, values[0])]
      return predicted == 0 ? pair : pair.reversed()
    }
    return values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }
      .map { named($0, values[$0]) }
  }
}

extension PicturePrediction {
  /// A line for each picture.
  var text: String {
    let most = answers.map(\.classes.count).max() ?? 0
    let columns: [TextTable.Column] =
      [.left("Picture")] + (0..<most).flatMap { _ in [TextTable.Column.left("Class"), .right("")] }
    return TextTable(
      columns: columns,
      rows: answers.map { answer in
        let cells = answer.classes.flatMap { [$0.name, $0.probability.map(percent) ?? ""] }
        return [answer.picture] + cells
          + Array(repeating: "", count: 2 * (most - answer.classes.count))
      }
    ).text
  }

  /// `path,class,probability`, with further classes behind them.
  var csv: String {
    let most = answers.map(\.classes.count).max() ?? 0
    let header = (1..<max(2, most + 1)).map { number in
      number == 1 ? "class,probability" : "class\(number),probability\(number)"
    }
    let rows = answers.map { answer in
      let cells = answer.classes.flatMap { [$0.name, $0.probability.map { "\($0)" } ?? ""] }
      return CommaSeparated.line([answer.picture] + cells)
    }
    return (["path," + header.joined(separator: ",")] + rows).joined(separator: "\n")
  }
}

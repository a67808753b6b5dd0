import ArgumentParser
import Foundation
import Tandem
import TandemImage
import TandemInsight
import TandemNetwork
import TandemTensor
import TandemTraining

/// Weights and what they make of a data set's test images.
struct MeasuredWeights {
  let path: String
  let network: Network
  let evaluation: DetailedEvaluation
  let analysis: EvaluationAnalysis
  /// nil on other ranks than the first.
  let file: ModelFile?
  let normalization: Normalization
  /// How many images there are, of which some may be left out.
  let available: Int
  private let images: any Dataset

  /// Evaluates weights. All ranks of the job do so together.
  ///
  /// - Parameters:
  ///   - describesItself: whether the network that the weights name has precedence over the one
  ///     that the command line does.
  ///   - most: images that are looked at, evenly spread over all; nil for every one.
  init(
    _ path: String, by command: EvaluateCommand, on opened: OpenedData,
    describesItself: Bool = false, atMost most: Int? = nil, in job: Job
  ) throws {
    var file: ModelFile?
    let trained = try job.fromFirstRank("reading the network") {
      let read = try ModelFile(contentsOf: path)
      file = read
      return try PictureDescription(
        read, own: command.ownInputShape(read, describesItself: describesItself))
    }
    if command.averaging.views == .tenCrop, case .images = opened { throw command.noCorners }
    let labelled = try opened.withClasses(trained.classNames)
    let pair = try command.data.pair(labelled, seed: 0, in: job) { parts in
      try command.data.pictures.recipe(for: parts, network: trained.own, saved: trained.recipe)
    }
    var own: Normalization?
    let model = try job.fromFirstRank("making the network") {
      guard let file else { preconditionFailure("the first rank has read the weights") }
      let model = try command.described(by: file, for: pair, describesItself: describesItself)
      own = model.normalization
      return model
    }
    let normalization = try job.completed(model.normalization, own)
    if !describesItself { command.data.noteDefault("measuring on", in: job) }
    let predictor = try Predictor(
      network: model.network, weights: file, workers: command.parallelism.workers, job: job)
    if job.rank == 0 { StandardErrorLog.warn(predictor.warnings) }
    if let file { NormalizationChoice.warnOfNone(file, command.normalize) }
    let images = most.map { pair.test.spread($0) } ?? pair.test
    evaluation = try predictor.evaluateInDetail(
      images, normalization: normalization, loss: model.loss, views: command.averaging.views)
    analysis = EvaluationAnalysis(evaluation.images, classNames: pair.test.classNames)
    self.path = path
    network = model.network
    self.images = images
    self.file = file
    self.normalization = normalization
    available = pair.test.count
  }

  /// What the first rank tells the others about the pictures that the weights were trained with.
  private struct PictureDescription: Codable {
    let own: Shape
    let recipe: PictureRecipe?
    let classNames: [String]?

    init(_ file: ModelFile, own: Shape) {
      self.own = own
      recipe = file.pictureRecipe
      classNames = file.classNames
    }
  }

  /// What an image is called: a picture by its path in the data set, others by their number.
  func name(ofImage index: Int) -> String {
    images.pictures?.listing.name(index) ?? "\(index)"
  }

  /// `[C, H, W]`
  var imageShape: Shape { images.imageShape }

  /// An image as people see it.
  func picture(ofImage index: Int) throws -> Picture {
    Picture(
      image: try pixels(ofImage: index, .unitScale(channels: imageShape[0])), shape: imageShape)
  }

  /// An image as the network sees it, `[C, H, W]`.
  func pixels(ofImage index: Int) throws -> [Float] { try pixels(ofImage: index, normalization) }

  private func pixels(ofImage index: Int, _ normalization: Normalization) throws -> [Float] {
    var pixels = [Float](repeating: 0, count: imageShape.elementCount)
    try images.readImage(index, normalization: normalization, into: &pixels)
    return pixels
  }

  /// Writes a line for each image, in the order of the data set.
  func writePredictions(to path: String) throws {
    try AtomicFile.write(to: path) { writer in
      try writer.write(
        "image,label,predicted,correct,probability,label_probability,label_rank,loss\n")
      for (index, image) in evaluation.images.enumerated() {
        let cells = [
          name(ofImage: index), analysis.name(image.label), analysis.name(image.predicted),
          image.isHit ? "1" : "0", image.confidence.map { "\($0)" } ?? "",
          image.labelProbability.map { "\($0)" } ?? "", "\(image.labelRank + 1)", "\(image.loss)",
        ]
        try writer.write(CommaSeparated.line(cells) + "\n")
      }
    }
  }

  /// Draws the images with the largest losses, each with its label, what it was taken for, and its
  /// loss.
  func drawTopLosses(_ count: Int, to path: String) throws {
    let entries = try analysis.topLosses(count).map { index in
      let image = evaluation.images[index]
      let mistake = image.isHit ? "" : ">" + analysis.name(image.predicted)
      return (
        picture: try picture(ofImage: index),
        label: "\(decimals(image.loss, 1)) \(analysis.name(image.label))\(mistake)"
      )
    }
    _ = try SheetFile.write(entries, to: path)
  }
}

extension EvaluateCommand {
  /// What the first rank tells the others about the weights.
  fileprivate struct Model: Codable {
    let network: Network
    let normalization: Normalization
    let loss: Loss.Kind?
  }

  /// The shape of the images that the network was made for.
  fileprivate func ownInputShape(_ file: ModelFile, describesItself: Bool) throws -> Shape {
    if describesItself, let network = file.network { return network.inputShape }
    return try trained.model.map { try Zoo.network(named: $0).inputShape }
      ?? file.describedNetwork().inputShape
  }

  fileprivate func described(
    by file: ModelFile, for pair: DatasetPair, describesItself: Bool
  ) throws -> Model {
    let own = describesItself ? file.network : nil
    let network =
      try own
      ?? trained.model.map {
        try width.network(
          named: $0, input: pair.test.imageShape, classes: pair.test.classNames.count)
      } ?? file.describedNetwork()
    if normalize == .statistics, pair.test.pictureRecipe != nil {
      throw ValidationError(
        "--normalize statistics are those of the training's pictures, of which only the others are read "
          + "here; take weights that say how, or --normalize unit")
    }
    let normalization =
      try (describesItself ? file.normalization : nil) ?? normalize?.normalization(of: pair.train)
      ?? file.normalization ?? .unitScale(channels: pair.test.imageShape[0])
    return Model(network: network, normalization: normalization, loss: file.loss)
  }
}

import Foundation
import Tandem
import TandemImage
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// `evaluate --ten-crop` and `predict --ten-crop`.
@Suite(.serialized) struct TenCropTests {
  let folder: TemporaryFolder
  let pets: PetFolder

  init() throws {
    folder = try TemporaryFolder()
    pets = try PetFolder(in: folder)
  }

  private func train(_ options: String = "") throws {
    try pets.run(
      "train --model mlp --data \(pets.path) --input-size 3x14x14 --augment alexnet --opt adam "
        + "--batch-size 8 --epochs 2 \(options) --output \(folder.path("run"))"
    ).expectSuccess()
  }

  private func evaluate(_ options: String) throws -> EvaluateTests.Report {
    try pets.run("evaluate --weights \(folder.path("run")) --data \(pets.path) --json \(options)")
      .json(as: EvaluateTests.Report.self)
  }

  private var files: [String] {
    PetFolder.classes.sorted().flatMap { name in
      (0..<4).map { "\(pets.path)/val/\(name)/\($0).\($0 % 2 == 0 ? "png" : "jpg")" }
    }
  }

  /// Each picture's mean probabilities, `[pictures][classes]`, of ten pictures that are cut out of
  /// it and normalised one by one.
  private func meanProbabilities() throws -> [[Double]] {
    let model = try Model.load(folder.path("run"))
    return try files.map { file in
      let picture = try PictureDecoder.decode(bytes(of: file))
      let short = min(picture.width, picture.height)
      let size = PictureSize(
        width: picture.width * 16 / short, height: picture.height * 16 / short)
      let resized = picture.resized(to: size)
      let (right, bottom) = (size.width - 14, size.height - 14)
      let views = [resized, resized.mirrored()].flatMap { whole in
        [(0, 0), (right, 0), (0, bottom), (right, bottom)].map { x, y in
          whole.cropped(to: PixelRectangle(x: x, y: y, width: 14, height: 14))
        } + [whole.centreCropped(to: PictureSize(14))]
      }
      let elements = views.flatMap { view in
        view.image.enumerated().map { index, value in
          let channel = index / 196
          return (value - model.normalization.mean[channel])
            / model.normalization.standardDeviation[channel]
        }
      }
      let predictions = try model.predict(Tensor(shape: [10, 3, 14, 14], elements: elements))
      let rows = try #require(try predictions.probabilities()).elements
      return (0..<2).map { label in
        (0..<10).map { Double(rows[2 * $0 + label]) }.reduce(0, +) / 10
      }
    }
  }

  @Test func evaluationIsOfTheMeanProbabilities() throws {
    try train()
    let expected = try meanProbabilities()
    let labels = (0..<8).map { $0 / 4 }
    let loss = zip(expected, labels).map { -log($0[$1]) }.reduce(0, +) / 8
    let hits = zip(expected, labels).count { $0[$1] > 0.5 }
    let report = try evaluate("--ten-crop")
    #expect(abs(report.loss - loss) < 1e-5 * max(1, loss), "\(report.loss), \(loss)")
    #expect(report.top1 == Double(hits) / 8)
    #expect(report.images == 8)
    #expect(try evaluate("").loss != report.loss)

    let prediction = try pets.run(
      "predict --weights \(folder.path("run")) \(pets.path)/val --ten-crop --softmax "
        + "--output \(folder.path("ten.npy"))")
    prediction.expectSuccess()
    let found = try NumPyArray(contentsOf: folder.path("ten.npy")).floatTensor()
    #expect(found.shape == [8, 2])
    for (value, wanted) in zip(found.elements, expected.flatMap(\.self)) {
      #expect(abs(Double(value) - wanted) < 1e-5)
    }
  }

  /// Each output has a probability of its own.
  @Test func binaryCrossEntropyAveragesSigmoids() throws {
    try train("--loss binary-cross-entropy")
    let expected = try meanProbabilities()
    let labels = (0..<8).map { $0 / 4 }
    let loss =
      zip(expected, labels).map { row, label in
        row.enumerated().map { -log($0.offset == label ? $0.element : 1 - $0.element) }
          .reduce(0, +)
      }.reduce(0, +) / 8
    let report = try evaluate("--ten-crop")
    #expect(abs(report.loss - loss) < 1e-4 * max(1, loss), "\(report.loss), \(loss)")
  }

  /// No image counts twice, and sums have one order.
  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"))
  func ranksAndWorkersChangeNothing() throws {
    try train()
    let one = try evaluate("--ten-crop --workers 1")
    #expect(try evaluate("--ten-crop --workers 2").loss == one.loss)
    for ranks in [2, 3] {
      let job = try RankedRun.run(
        ranks,
        "evaluate --weights \(folder.path("run")) --data \(pets.path) --json --ten-crop --workers 1",
        wrapper: "export XDG_CACHE_HOME='\(pets.cache)'")
      let report = try job.json(as: EvaluateTests.Report.self)
      #expect(report.loss == one.loss && report.top1 == one.top1 && report.images == 8)
    }
    let mixed = try RankedRun.run(
      1, "evaluate --weights \(folder.path("run")) --data \(pets.path) --ten-crop",
      others: ["evaluate --weights \(folder.path("run")) --data \(pets.path)"],
      wrapper: "export XDG_CACHE_HOME='\(pets.cache)'")
    mixed.expectFailure(naming: "evaluates with other")
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    try pets.run(
      "train --model mlp --data shapes:200,40 --epochs 1 --output \(folder.path("arrays"))"
    ).expectSuccess()
    try pets.run("evaluate --weights \(folder.path("arrays")) --data shapes:200,40 --ten-crop")
      .expectFailure(naming: "--ten-crop is about pictures", "shapes:200,40")
    try train("--loss mse")
    try pets.run("evaluate --weights \(folder.path("run")) --data \(pets.path) --ten-crop")
      .expectFailure(naming: "--ten-crop averages probabilities", "--loss mse")
    try pets.run("predict --weights \(folder.path("run")) \(pets.path)/val --ten-crop")
      .expectFailure(naming: "--ten-crop averages probabilities", "--loss mse")
    try train("--overwrite --resize stretch")
    try pets.run("evaluate --weights \(folder.path("run")) --data \(pets.path) --ten-crop")
      .expectFailure(naming: "no picture is larger than the images [3, 14, 14]", "--ten-crop")
    try pets.run("predict --weights \(folder.path("run")) \(pets.path)/val --ten-crop")
      .expectFailure(naming: "stretched to its images [3, 14, 14]", "leave out --ten-crop")
    try pets.run("predict --weights x --input x.npy --output y.npy --ten-crop").expectFailure(
      naming: "--ten-crop is about pictures")
  }
}

import Foundation
import Tandem
import TandemImage
import TestSupport
import Testing

/// What `evaluate` tells beyond loss and top-1.
@Suite(.serialized) struct EvaluateDetailsTests {
  struct Report: Decodable {
    struct Class: Decodable {
      let name: String
      let images: Int
      let predicted: Int
      let correct: Int
      let precision: Double?
      let recall: Double?
      let recallInterval: [Double]?
    }

    struct Confusion: Decodable {
      let label: String
      let predicted: String
      let images: Int
    }

    struct TopLoss: Decodable {
      let image: String
      let label: String
      let predicted: String
      let loss: Double
    }

    struct Comparison: Decodable {
      struct Test: Decodable {
        let bothRight: Int
        let onlyFirstRight: Int
        let onlySecondRight: Int
        let bothWrong: Int
        let pValue: Double
      }

      let weights: String
      let top1: Double
      let loss: Double
      let test: Test
    }

    let images: Int
    let views: Int
    let loss: Double
    let top1: Double
    let perClass: [Class]
    let confusions: [Confusion]
    let topLosses: [TopLoss]?
    let against: Comparison?
  }

  static let data = "shapes:300,100"
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func train(_ name: String, _ options: String = "") throws {
    try ToolRun(
      "train --model mlp --data \(Self.data) --epochs 1 --opt adam --output \(folder.path(name)) "
        + options
    ).expectSuccess()
  }

  private func line(_ options: String) -> String {
    "evaluate --weights \(folder.path("run")) --data \(Self.data) \(options)"
  }

  @Test func countsAddUp() throws {
    try train("run")
    let report = try ToolRun(line("--json")).json(as: Report.self)
    #expect(report.confusions.map(\.images).reduce(0, +) == 100)
    for entry in report.perClass {
      let own = report.confusions.filter { $0.label == entry.name }
      #expect(own.map(\.images).reduce(0, +) == entry.images)
      let taken = report.confusions.filter { $0.predicted == entry.name }
      #expect(taken.map(\.images).reduce(0, +) == entry.predicted)
      let hits = own.first { $0.predicted == entry.name }?.images ?? 0
      #expect(hits == entry.correct)
      #expect(entry.recall == Double(hits) / Double(entry.images))
      let interval = try #require(entry.recallInterval)
      #expect(interval.count == 2 && interval[0] <= (entry.recall ?? 0))
      #expect(interval[1] >= (entry.recall ?? 1))
    }
    #expect(report.topLosses == nil && report.against == nil && report.views == 1)
  }

  @Test func predictionsAreALineForEachImage() throws {
    try train("run")
    let path = folder.path("predictions.csv")
    let report = try ToolRun(line("--json --top-losses 3 --predictions \(path)"))
      .json(as: Report.self)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    #expect(
      lines[0] == [
        "image", "label", "predicted", "correct", "probability", "label_probability", "label_rank",
        "loss",
      ])
    let rows = lines.dropFirst()
    #expect(rows.map { $0[0] } == (0..<100).map { "\($0)" })
    let losses = rows.compactMap { Double($0[7]) }
    #expect(abs(losses.reduce(0, +) / 100 - report.loss) < 1e-12)
    #expect(Double(rows.count { $0[3] == "1" }) / 100 == report.top1)
    for row in rows {
      #expect((row[1] == row[2]) == (row[3] == "1") && (row[6] == "1") == (row[3] == "1"))
      let probability = try #require(Double(row[5]))
      let loss = try #require(Double(row[7]))
      #expect(abs(log(probability) + loss) < 1e-4)
    }
    let worst = try #require(report.topLosses)
    #expect(worst.map(\.loss) == losses.sorted(by: >).prefix(3).map(\.self))
    for entry in worst {
      let row = try #require(rows.first { $0[0] == entry.image })
      #expect(row[1] == entry.label && row[2] == entry.predicted)
    }
  }

  @Test func sheetShowsTheLargestLosses() throws {
    try train("run")
    let path = folder.path("worst.png")
    let run = try ToolRun(line("--top-losses 5 --top-losses-sheet \(path)"))
    run.expectSuccess()
    #expect(run.standardOutput.contains("The largest losses:"))
    #expect(run.standardOutput.contains("worst.png"))
    let sheet = try PictureDecoder.decode(bytes(of: path))
    // Three pictures in a row, each four times as large, with a border of 6 and labels of 10.
    #expect(sheet.width == 312)
    #expect(sheet.height == 230)
  }

  @Test func comparedWithItselfNothingDiffers() throws {
    try train("run")
    let report = try ToolRun(line("--json --against \(folder.path("run"))")).json(as: Report.self)
    let other = try #require(report.against)
    #expect(other.loss == report.loss && other.top1 == report.top1)
    #expect(other.test.onlyFirstRight == 0 && other.test.onlySecondRight == 0)
    #expect(other.test.bothRight + other.test.bothWrong == 100 && other.test.pValue == 1)
  }

  /// Another network, trained otherwise, that scales its pixels in its own way.
  @Test func comparedWithAnotherNetwork() throws {
    try train("run")
    try ToolRun(
      "train --model lenet --data \(Self.data) --epochs 1 --normalize unit --seed 3 "
        + "--output \(folder.path("other"))"
    ).expectSuccess()
    let report = try ToolRun(line("--json --against \(folder.path("other"))"))
      .json(as: Report.self)
    let alone = try ToolRun(
      "evaluate --weights \(folder.path("other")) --data \(Self.data) --json"
    ).json(as: Report.self)
    let other = try #require(report.against)
    #expect(other.loss == alone.loss && other.top1 == alone.top1)
    let test = other.test
    #expect(Double(test.bothRight + test.onlyFirstRight) / 100 == report.top1)
    #expect(Double(test.bothRight + test.onlySecondRight) / 100 == other.top1)
    let text = try ToolRun(line("--against \(folder.path("other"))"))
    #expect(text.standardOutput.contains("McNemar's exact test: p = "))
  }

  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"))
  func ranksAndWorkersChangeNothing() throws {
    try train("run")
    try train("other", "--seed 4")
    func words(_ csv: String) -> String {
      line(
        "--json --tta mirror --top-losses 9 --top-k 1,2 --against \(folder.path("other")) "
          + "--predictions \(folder.path(csv))")
    }
    let one = try ToolRun(words("0.csv") + " --workers 1")
    one.expectSuccess()
    let wanted = one.standardOutput.replacing("0.csv", with: "X.csv")
    let lines = try bytes(of: folder.path("0.csv"))
    let three = try ToolRun(words("1.csv") + " --workers 3")
    #expect(three.standardOutput.replacing("1.csv", with: "X.csv") == wanted)
    #expect(try bytes(of: folder.path("1.csv")) == lines)
    for ranks in 2...3 {
      let csv = "\(ranks).csv"
      let job = try RankedRun.run(ranks, words(csv) + " --workers 1")
      job.expectSuccess()
      #expect(job.output.replacing(csv, with: "X.csv") == wanted)
      #expect(try bytes(of: folder.path(csv)) == lines)
    }
  }

  @Test func mirrorsAreLookedAt() throws {
    try train("run")
    let plain = try ToolRun(line("--json")).json(as: Report.self)
    let both = try ToolRun(line("--json --tta mirror")).json(as: Report.self)
    #expect(both.views == 2 && both.loss != plain.loss)
    let model = try Model.load(folder.path("run"))
    let pair = try DatasetSource.load(Self.data)
    var sum = 0.0
    for index in 0..<pair.test.count {
      var image = [Float](repeating: 0, count: 24 * 24)
      try pair.test.copyImage(index, normalization: model.normalization, into: &image)
      let mirror = stride(from: 0, to: image.count, by: 24).flatMap {
        image[$0..<$0 + 24].reversed()
      }
      let predictions = try model.predict(
        Tensor(shape: [2, 1, 24, 24], elements: image + mirror))
      let rows = try #require(try predictions.probabilities()).elements
      let label = Int(pair.test.label(index))
      sum -= log((Double(rows[label]) + Double(rows[3 + label])) / 2)
    }
    #expect(abs(sum / 100 - both.loss) < 1e-5)
  }

  /// Many classes have no room for a matrix.
  @Test func textTellsConfusions() throws {
    try train("run")
    let run = try ToolRun(line(""))
    run.expectSuccess()
    #expect(run.standardOutput.contains("what their images were taken for"))
    for word in ["Precision", "Recall", "F1", "Mean of the classes", "Calibration error"] {
      #expect(run.standardOutput.contains(word), "\(run.standardOutput)")
    }
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    try train("run")
    try ToolRun(line("--top-k 0")).expectFailure(naming: "--top-k", "at least 1")
    try ToolRun(line("--top-k 1,,2")).expectFailure(naming: "--top-k")
    try ToolRun(line("--predictions \(folder.path("no/such.csv"))"))
      .expectFailure(naming: "no/such.csv", "cannot write")
    try ToolRun(line("--top-losses-sheet \(folder.path("run"))"))
      .expectFailure(naming: "cannot write")
    try ToolRun(line("--tta mirror --ten-crop")).expectFailure(naming: "--tta mirror")
    try ToolRun(line("--tta ten-crop")).expectFailure(naming: "--tta ten-crop is about pictures")
    try ToolRun(line("--against \(folder.path("nothing"))")).expectFailure(naming: "nothing")
    try train("mse", "--loss mse")
    try ToolRun(
      "evaluate --weights \(folder.path("mse")) --data \(Self.data) --tta mirror"
    ).expectFailure(naming: "--tta mirror averages probabilities", "--loss mse")
  }
}

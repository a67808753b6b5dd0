import Foundation
import TandemImage
import TestSupport
import Testing

/// `tandem lr-find`.
@Suite(.serialized) struct LRFindTests {
  struct Report: Decodable {
    struct Point: Decodable, Equatable {
      let learningRate: Double
      let loss: Double
      let smoothedLoss: Double
    }

    let points: [Point]
    let hasDiverged: Bool
    let steepestRate: Double
    let lowestRate: Double
    let learningRate: Double?
    let command: String?
  }

  static let training = "--model mlp --data shapes:640,100 --batch-size 32 --shards 4"
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func find(_ options: String) throws -> Report {
    let run = try ToolRun("lr-find \(Self.training) --json \(options)", in: folder.url)
    // A curve is told where no rate follows from it, too.
    return try JSONDecoder().decode(Report.self, from: Data(run.standardOutput.utf8))
  }

  @Test func ratesRiseByTheSameFactor() throws {
    let report = try find("--lr-from 1e-4 --lr-to 1 --lr-steps 41")
    #expect(report.points.count <= 41 && report.points.count > 20)
    for (step, point) in report.points.enumerated() {
      #expect(abs(point.learningRate / (1e-4 * pow(1e4, Double(step) / 40)) - 1) < 1e-5)
    }
    #expect(report.points.contains { $0.learningRate == report.lowestRate })
  }

  /// The first losses are those of a training with the first rate, step by step.
  @Test func lossesAreThoseOfTheSteps() throws {
    let report = try find("--lr-from 1e-9 --lr-to 1e-8 --lr-steps 20 --seed 3 --shuffle none")
    // Nothing is learned, so an epoch of 20 steps has the mean loss of them all.
    struct Training: Decodable {
      struct Epoch: Decodable { let trainLoss: Double }
      let epochs: [Epoch]
    }
    let training = try ToolRun(
      "train \(Self.training) --lr 1e-9 --epochs 1 --seed 3 --shuffle none --json"
    ).json(as: Training.self)
    let mean = report.points.map(\.loss).reduce(0, +) / 20
    #expect(abs(mean - training.epochs[0].trainLoss) < 1e-5)
  }

  @Test func aRunawayLossEndsIt() throws {
    let report = try find("--lr-from 1e-3 --lr-to 1e9 --lr-steps 100")
    #expect(report.hasDiverged && report.points.count < 100)
    #expect(report.points.allSatisfy { $0.loss.isFinite })
  }

  /// With norms of the whole gradient, which would not be finite either.
  @Test func aRunawayGradientEndsItToo() throws {
    let report = try find("--lr-from 1e-3 --lr-to 1e30 --lr-steps 40 --clip-grad 1e30")
    #expect(report.hasDiverged)
  }

  @Test func theCommandTrains() throws {
    let run = try ToolRun(
      "lr-find \(Self.training) --lr 0.3 --lr-steps 60 --lr-to 1 --epochs 1 --output run",
      in: folder.url)
    run.expectSuccess()
    let command = try #require(run.lines.first { $0.hasPrefix("tandem train ") })
    #expect(
      command.hasPrefix("tandem train \(Self.training) --epochs 1 --output run --lr "))
    #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
    try ToolRun(String(command.dropFirst("tandem ".count)), in: folder.url).expectSuccess()
    #expect(FileManager.default.fileExists(atPath: folder.path("run/run.json")))
  }

  /// Nothing is written or kept: the weights afterwards are those of the training alone.
  @Test func trainingAfterwardsIsTheSame() throws {
    let training = "\(Self.training) --epochs 2 --opt adam --augment shapes"
    let alone = try TemporaryFolder()
    try ToolRun("train \(training) --output run", in: alone.url).expectSuccess()
    try ToolRun("lr-find \(training) --output run --lr-steps 50", in: folder.url).expectSuccess()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
    try ToolRun("train \(training) --output run", in: folder.url).expectSuccess()
    let weights = "run/checkpoint-last/model.safetensors"
    #expect(try bytes(of: folder.path(weights)) == bytes(of: alone.path(weights)))
  }

  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"))
  func ranksAndWorkersChangeNothing() throws {
    let options = "--lr-steps 60 --lr-from 1e-3 --lr-to 1e8 --opt adam"
    let one = try find(options + " --workers 1")
    #expect(one.hasDiverged)
    #expect(try find(options + " --workers 2").points == one.points)
    for (ranks, more) in [(2, ""), (2, "--no-shared-memory"), (3, "")] {
      let job = try RankedRun.run(
        ranks, "lr-find \(Self.training) --json \(options) --workers 1 \(more)")
      let report = try job.json(as: Report.self)
      #expect(report.points == one.points && report.learningRate == one.learningRate)
    }
  }

  @Test func theCurveIsDrawn() throws {
    let run = try ToolRun("lr-find \(Self.training) --lr-steps 60 --lr-to 1")
    run.expectSuccess()
    #expect(run.standardOutput.contains("1e-3"))
    #expect(run.lines.contains { $0.contains("└") && $0.contains("┬") })
    #expect(run.lines.allSatisfy { $0.count < 80 || !$0.contains("│") })
  }

  @Test func theCurveIsDrawnIntoAFile() throws {
    struct Drawn: Decodable { let picture: String? }
    for name in ["curve.png", "curve.svg"] {
      let run = try ToolRun(
        "lr-find \(Self.training) --lr-steps 60 --lr-to 1 --json --picture \(name)",
        in: folder.url)
      #expect(try run.json(as: Drawn.self).picture == name)
    }
    let picture = try PictureDecoder.decode(
      Array(Data(contentsOf: URL(filePath: folder.path("curve.png")))))
    #expect(picture.width > 300 && picture.height > 300)
    #expect(try folder.text("curve.svg").contains("<svg"))
    // The printed command trains; it draws nothing.
    let text = try ToolRun(
      "lr-find \(Self.training) --lr-steps 60 --lr-to 1 --picture=curve.png", in: folder.url)
    text.expectSuccess()
    #expect(text.lines.contains("The curve is in curve.png"))
    let command = try #require(text.lines.first { $0.hasPrefix("tandem train ") })
    #expect(command.hasPrefix("tandem train \(Self.training) --lr "), "\(command)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        == ["curve.png", "curve.svg"])
    // Nothing is computed for a picture that has no place.
    for (name, part) in [("curve.gif", ".png or .svg"), ("none/curve.png", "no such file")] {
      let start = Date()
      try ToolRun("lr-find \(Self.training) --lr-steps 100000 --picture \(name)", in: folder.url)
        .expectFailure(naming: part)
      #expect(Date().timeIntervalSince(start) < 20)
    }
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    try ToolRun("lr-find \(Self.training) --lr-from 1 --lr-to 0.1")
      .expectFailure(naming: "--lr-from")
    try ToolRun("lr-find \(Self.training) --lr-steps 3").expectFailure(naming: "at least 20")
    try ToolRun("lr-find --resume run --data shapes").expectFailure(naming: "--weights")
    try ToolRun("lr-find \(Self.training) --head-lr 0.1").expectFailure(naming: "--head-lr")
    for option in ["--tensorboard boards", "--step-log steps.csv"] {
      try ToolRun("lr-find \(Self.training) \(option)").expectFailure(
        naming: "lr-find keeps nothing", "--step-log", "--tensorboard")
    }
    let none = try ToolRun("lr-find \(Self.training) --lr-from 1e-12 --lr-to 1e-11 --lr-steps 20")
    #expect(none.exitCode == 1)
    #expect(none.standardError.contains("the loss did not fall"))
  }
}

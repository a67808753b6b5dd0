import Foundation
import TestSupport
import Testing

/// What trainings are measured with, what is kept of them, and when they end.
@Suite(.serialized) struct ValidationTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private struct Report: Decodable {
    struct Best: Decodable {
      let metric: String
      let value: Double
      let epoch: Int
    }

    let ending: String
    let measuredPart: String
    let loss: Double
    let best: Best?
    let average: Average?

    struct Average: Decodable { let top1: Double }
  }

  private static let start = "train --model lenet --data shapes:300,60 --batch-size 50 --opt adam"

  @Test func validationImagesAreCalledSo() throws {
    let run = try ToolRun(
      "\(Self.start) --val-split 0.2 --epochs 2 --output \(folder.path("run"))")
    run.expectSuccess()
    #expect(run.standardError.contains("240 images"), "\(run.standardError)")
    #expect(run.standardError.contains("val loss") && run.standardOutput.contains("Val top-1"))
    #expect(!(run.standardError + run.standardOutput).lowercased().contains("test loss"))
    let history = try folder.text("run/history.csv")
    #expect(history.contains(",validationLoss,validationTop1,validationTop5,"))
    #expect(try folder.text("run/history.json").contains("\"measuredPart\" : \"validation\""))
    // Tests are what evaluation is of.
    struct Evaluation: Decodable { let images: Int }
    let line = "evaluate --weights \(folder.path("run")) --data shapes:300,60"
    #expect(try ToolRun(line + " --json").json(as: Evaluation.self).images == 60)
    try ToolRun(line + " --val-split 0.2").expectFailure(
      naming: "--validation-split is for training")
  }

  @Test func keepsTheBestAndAverages() throws {
    let run = folder.path("run")
    let report = try ToolRun(
      "\(Self.start) --val-split 0.2 --epochs 3 --keep-best val-accuracy --ema 0.9 --average-last 2 "
        + "--output \(run) --json"
    ).json(as: Report.self)
    #expect(report.measuredPart == "validation" && report.ending == "completed")
    let best = try #require(report.best)
    #expect(best.metric == "val-accuracy" && (1...3).contains(best.epoch))
    #expect(report.average != nil)
    for part in ["best", "ema", "average"] {
      try ToolRun("evaluate --weights \(run)/\(part) --data shapes:300,60").expectSuccess()
    }
    try ToolRun("train --weights \(run)/ema --data shapes:300,60 --epochs 1").expectSuccess()
    // They go with the run.
    try ToolRun("\(Self.start) --epochs 1 --output \(run) --overwrite").expectSuccess()
    let names = try FileManager.default.contentsOfDirectory(atPath: run)
    #expect(names.allSatisfy { !["best", "ema", "average"].contains($0) }, "\(names)")
  }

  @Test func endsEarly() throws {
    let report = try ToolRun(
      "\(Self.start) --val-split 0.2 --epochs 60 --lr 0.02 --early-stopping 1,0.3 --json"
    ).json(as: Report.self)
    #expect(report.ending == "earlyStopping")
  }

  @Test(arguments: [
    ("--early-stopping 3", "`--val-split`"),
    ("--early-stopping 3", "there are no validation images"),
    ("--early-stopping 0", "give a number of epochs"),
    ("--early-stopping 3,x", "give a number of epochs"),
    ("--keep-best val-loss --no-output", "--output"),
    ("--keep 3 --no-output", "--output"),
    ("--keep-best val-loss", "there are no validation images"),
    ("--val-split 0.2 --output x --keep-best loss", "val-loss, val-error"),
    ("--val-split 0.2 --output x --keep-best test-loss", "use val-loss"),
    ("--val-split 0.2 --lr-scheduler plateau --lr-monitor test-loss", "use val-loss"),
    ("--lr-scheduler plateau --lr-monitor val-loss", "--val-split"),
    ("--ema 1", "above 0 and below 1"),
    ("--average-last 11", "no more than the 10 --epochs"),
    ("--average-last 2 --val-split 0.2 --early-stopping 3", "leave out --early-stopping"),
  ])
  func badInput(options: String, expected: String) throws {
    let run = try ToolRun("\(Self.start) \(options)")
    run.expectFailure(naming: expected.replacing("`", with: ""))
  }

  /// Where a class has one image only, there is nothing to split off.
  @Test func classesAreNotEmptied() throws {
    let data = try IDXFolder(in: folder, name: "digits", train: 11)
    try ToolRun("train --model mlp --data \(data.path) --val-split 0.5").expectFailure(
      naming: "has a single image", "--val-split")
  }

  /// The disk is as good as full when the best weights are replaced: the former ones stay.
  @Test func theBestStayOnAFullDisk() throws {
    let run = folder.path("run")
    try ToolRun(
      "\(Self.start) --val-split 0.2 --epochs 1 --keep-best val-loss --output \(run)"
    ).expectSuccess()
    func best() throws -> Data {
      try Data(contentsOf: URL(filePath: run + "/best/model.safetensors"))
    }
    let former = try best()
    // Files end at 100 blocks of 512 bytes, and the signal that says so is ignored.
    let failed = try ToolRun(
      ["train", "--resume", run, "--epochs", "3"],
      shell: "trap '' XFSZ; ulimit -f 100; exec \"$@\"")
    #expect(failed.exitCode != 0 && failed.standardError.contains("checkpoint-last/"))
    #expect(try best() == former)
    try ToolRun("train --resume \(run) --epochs 3").expectSuccess()
    #expect(try best() != former)
  }
}

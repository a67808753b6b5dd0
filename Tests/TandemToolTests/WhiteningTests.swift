import Foundation
import Tandem
import TestSupport
import Testing

/// `--normalize zca`: measured in training, kept with the weights, used again afterwards.
@Suite(.serialized) struct WhiteningTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let data = "shapes:300,60"

  private func train(_ options: String, to name: String) -> String {
    "train --model mlp --data \(Self.data) --normalize zca --shards 2 --epochs 2 --opt adam --json "
      + "--output \(folder.path(name)) \(options)"
  }

  private func weights(_ name: String) throws -> Data {
    try Data(
      contentsOf: URL(filePath: folder.path(name) + "/checkpoint-last/model.safetensors"))
  }

  @Test func weightsKeepTheMatrix() throws {
    let training = try ToolRun(train("--zca-epsilon 0.1", to: "run")).json(as: TrainReport.self)
    let evaluate = "evaluate --weights \(folder.path("run")) --data \(Self.data) --json"
    let report = try ToolRun(evaluate).json(as: EvaluateTests.Report.self)
    #expect(report.top1 == training.top1)
    #expect(abs(report.loss - (training.loss ?? 0)) < 1e-9)
    let plain = try ToolRun(evaluate + " --normalize center").json(as: EvaluateTests.Report.self)
    #expect(plain.loss != report.loss, "the matrix matters")
    // The library and arrays see the same.
    let test = try DatasetSource.load(Self.data).test
    let predictions = try Model.load(folder.path("run")).predict(test)
    let pixels = (0..<60).flatMap { index -> [UInt8] in
      var image = [Float](repeating: 0, count: 576)
      try? test.copyImage(index, normalization: .unitScale(channels: 1), into: &image)
      return image.map { UInt8(($0 * 255).rounded()) }
    }
    try NumPyArray(shape: [60, 24, 24], storage: .uint8(pixels)).write(to: folder.path("x.npy"))
    try ToolRun(
      "predict --weights \(folder.path("run")) --input \(folder.path("x.npy")) --output "
        + folder.path("y.npy")
    ).expectSuccess()
    let found = try NumPyArray(contentsOf: folder.path("y.npy")).floatTensor()
    let worst = zip(found.elements, predictions.logits.elements).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 1e-4)
    // Weights for another training, whose images are measured anew.
    try ToolRun(
      "train --weights \(folder.path("run")) --model mlp --data \(Self.data) --epochs 1"
    ).expectSuccess()
  }

  @Test func workersRanksAndResumingChangeNothing() throws {
    try ToolRun(train("--workers 1", to: "one")).expectSuccess()
    let one = try weights("one")
    try ToolRun(train("--workers 2", to: "two")).expectSuccess()
    #expect(try weights("two") == one)
    try ToolRun(train("--workers 2 --steps 7", to: "part")).expectSuccess()
    try ToolRun(
      "train --model mlp --data \(Self.data) --normalize zca --shards 2 --epochs 2 --opt adam --resume "
        + folder.path("part")
    ).expectSuccess()
    #expect(try weights("part") == one)
    try ToolRun(train("--zca-epsilon 0.5 --epochs 3 --resume \(folder.path("one"))", to: "one"))
      .expectFailure(naming: "ZCA whitening", "epsilon")
    guard MPIRun.isInstalled else { return }
    try RankedRun.run(2, train("--workers 1", to: "ranks")).expectSuccess()
    #expect(try weights("ranks") == one)
    let report = try RankedRun.run(
      2, "evaluate --weights \(folder.path("one")) --data \(Self.data) --json"
    ).json(as: EvaluateTests.Report.self)
    let alone = try ToolRun(
      "evaluate --weights \(folder.path("one")) --data \(Self.data) --json"
    ).json(as: EvaluateTests.Report.self)
    #expect(report.loss == alone.loss)
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    try ToolRun("train --model mlp --data \(Self.data) --zca-epsilon 1").expectFailure(
      naming: "--zca-epsilon is for --normalize zca")
    try ToolRun("train --model mlp --data \(Self.data) --normalize zca --zca-epsilon 0")
      .expectFailure(naming: "--zca-epsilon", "greater than 0")
    try ToolRun(train("", to: "run")).expectSuccess()
    try ToolRun("evaluate --weights \(folder.path("run")) --data \(Self.data) --normalize zca")
      .expectFailure(naming: "--normalize zca is measured in training")
  }
}

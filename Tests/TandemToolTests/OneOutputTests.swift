import Foundation
import Tandem
import TestSupport
import Testing

/// Two classes told apart by a network with a single output, from the command line.
@Suite(.serialized) struct OneOutputTests {
  let folder: TemporaryFolder
  let pets: PetFolder

  init() throws {
    folder = try TemporaryFolder()
    pets = try PetFolder(in: folder)
  }

  private var train: String {
    "train --model cats-dogs-small-dropout --width 0.125 --data \(pets.path) --input-size 3x48x48 "
      + "--opt adam --lr 3e-3 --batch-size 8"
  }

  @Test func trainsEvaluatesAndPredicts() throws {
    let report = try pets.run("\(train) --epochs 15 --json --output \(folder.path("run"))")
      .json(as: TrainReport.self)
    #expect(report.top1 == 1)
    let evaluation = try pets.run(
      "evaluate --weights \(folder.path("run")) --data \(pets.path) --json"
    ).json(as: EvaluateTests.Report.self)
    #expect(evaluation.top1 == 1)
    #expect(evaluation.perClass.map(\.images) == [4, 4])
    #expect(evaluation.perClass.map(\.correct) == [4, 4])

    let predicted = try pets.run(
      "predict --weights \(folder.path("run")) \(pets.path)/val/light/0.png "
        + "\(pets.path)/val/dark/0.png --json --output \(folder.path("y.npy")) --softmax"
    ).json(as: PicturePredictionTests.Report.self)
    #expect(
      predicted.pictures.map { $0.classes.map(\.name) } == [["light", "dark"], ["dark", "light"]])
    for picture in predicted.pictures {
      #expect(abs(picture.classes.compactMap(\.probability).reduce(0, +) - 1) < 1e-6)
      #expect(picture.classes[0].probability ?? 0 > 0.5)
    }
    // The probability of class 1, "light": classes are sorted by name.
    let probabilities = try NumPyArray(contentsOf: folder.path("y.npy")).floatTensor()
    #expect(probabilities.shape == [2, 1])
    #expect(probabilities.elements[0] > 0.5 && probabilities.elements[1] < 0.5)
    #expect(
      abs(Double(probabilities.elements[0]) - (predicted.pictures[0].classes[0].probability ?? 0))
        < 1e-6)
  }

  @Test func weightsDependOnTheOptionsOnly() throws {
    let line = "\(train) --seed 3 --shards 4 --epochs 2 --output"
    try pets.run("\(line) \(folder.path("one")) --workers 1").expectSuccess()
    let weights = try pets.weights("one")
    try pets.run("\(line) \(folder.path("two")) --workers 2").expectSuccess()
    #expect(try pets.weights("two") == weights)
    try pets.run("\(line) \(folder.path("part")) --steps 3").expectSuccess()
    try pets.run("\(train) --seed 3 --shards 4 --epochs 2 --resume \(folder.path("part"))")
      .expectSuccess()
    #expect(try pets.weights("part") == weights)
    if (try? Precision.bfloat16.check()) != nil {
      try pets.run("\(line) \(folder.path("bf16")) --precision bf16").expectSuccess()
      #expect(try pets.weights("bf16") != weights)
    }
    if MPIRun.isInstalled {
      try RankedRun.run(
        2, "\(line) \(folder.path("ranks")) --workers 1",
        wrapper: "export XDG_CACHE_HOME='\(pets.cache)'"
      )
      .expectSuccess()
      #expect(try pets.weights("ranks") == weights)
    }
  }

  /// Mixed images have the loss of both labels.
  @Test func mixesImages() throws {
    let report = try pets.run("\(train) --epochs 12 --mixup 0.2 --json").json(as: TrainReport.self)
    #expect(report.top1 == 1)
  }

  @Test func gradientsAreRight() throws {
    let report = try ToolRun(
      "gradcheck cats-dogs-small-dropout --width 0.125 --input-size 3x48x48 --samples 5 -b 3 --json"
    ).json(as: GradcheckTests.Report.self)
    #expect(report.worstRelativeError > 1e-9)
    #expect(report.worstRelativeError < 1e-3)
    #expect(report.parameters.allSatisfy { $0.numerical != 0 })
  }

  @Test func otherThanTwoClassesAreRefused() throws {
    let parts = ["cats-dogs-small has one output, which tells 2 classes apart, not"]
    try folder.expectRefusal(
      of: "train --model cats-dogs-small --data shapes:60,20", naming: parts + ["not 3"])
    try folder.expectRefusal(
      of: "summary cats-dogs-small --num-classes 10", naming: parts + ["not 10"])
  }

  @Test func lossesOfSeveralOutputsAreRefused() throws {
    try pets.run("\(train) --label-smoothing 0.1").expectFailure(
      naming: "--label-smoothing", "binary-cross-entropy")
    try pets.run("\(train) --loss cross-entropy").expectFailure(
      naming: "cats-dogs-small-dropout", "2 classes")
  }
}

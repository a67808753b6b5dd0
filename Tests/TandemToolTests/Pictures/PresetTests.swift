import Foundation
import Tandem
import TestSupport
import Testing

/// Presets of augmentation that say how pictures become images, too.
@Suite(.serialized) struct PresetTests {
  let folder: TemporaryFolder
  let pets: PetFolder

  init() throws {
    folder = try TemporaryFolder()
    pets = try PetFolder(in: folder)
  }

  /// 14 is a whole part of 224, and 16 of 256.
  private var train: String {
    "train --model mlp --data \(pets.path) --input-size 3x14x14 --opt adam --batch-size 8 --shards 4"
  }

  private func weights(_ name: String, _ options: String) throws -> Data {
    try pets.run("\(train) \(options) --output \(folder.path(name))").expectSuccess()
    return try pets.weights(name)
  }

  /// The same pictures, whichever way they are asked for; what is given comes first.
  @Test func alexNetsIsARecipe() throws {
    let preset = try weights("preset", "--epochs 2 --augment alexnet")
    #expect(
      try weights(
        "options", "--epochs 2 --crop random --resize 16 --horizontal-flip --color-noise 0.1")
        == preset)
    for (name, other) in [
      ("flip", "--no-horizontal-flip"), ("center", "--crop center"), ("size", "--resize 17"),
      ("noise", "--color-noise 0"),
    ] {
      #expect(try weights(name, "--epochs 2 --augment alexnet \(other)") != preset, "\(other)")
    }
    let run = try pets.run("\(train) --epochs 1 --augment alexnet")
    #expect(
      run.standardError.contains(
        "resized to 16 pixels on the shorter side, a random part cut out in training"),
      "\(run.standardError)")
  }

  @Test func imageNetsIsARecipe() throws {
    let preset = try weights("preset", "--epochs 2 --augment imagenet")
    #expect(
      try weights(
        "options",
        "--epochs 2 --resize 16 --random-resized-crop 0.08,1 --horizontal-flip "
          + "--color-jitter 0.4,0.4,0.4,0") == preset)
    let cropped = try weights("crop", "--epochs 2 --augment imagenet --crop random")
    #expect(
      try weights(
        "cropped", "--epochs 2 --crop random --horizontal-flip --color-jitter 0.4,0.4,0.4,0")
        == cropped)
    #expect(cropped != preset)
  }

  /// Outside of training pictures are resized and their middles cut out, as is kept with the
  /// weights.
  @Test func measuringUsesTheMiddle() throws {
    for preset in ["alexnet", "imagenet"] {
      let report = try pets.run(
        "\(train) --epochs 3 --augment \(preset) --json --output \(folder.path(preset))"
      ).json(as: TrainReport.self)
      let evaluation = try pets.run(
        "evaluate --weights \(folder.path(preset)) --data \(pets.path) --json"
      ).json(as: EvaluateTests.Report.self)
      #expect(report.loss == evaluation.loss)
      let other = try pets.run(
        "evaluate --weights \(folder.path(preset)) --data \(pets.path) --resize cover --json"
      ).json(as: EvaluateTests.Report.self)
      #expect(other.loss != evaluation.loss)
    }
  }

  /// The same bits for any number of workers, and after resuming.
  @Test(arguments: ["alexnet", "imagenet"])
  func weightsDependOnTheOptionsOnly(preset: String) throws {
    let one = try weights("one", "--epochs 2 --augment \(preset) --workers 1")
    #expect(try weights("two", "--epochs 2 --augment \(preset) --workers 2") == one)
    _ = try weights("part", "--epochs 2 --augment \(preset) --workers 2 --steps 4")
    try pets.run(
      "\(train) --epochs 2 --augment \(preset) --workers 1 --resume \(folder.path("part"))"
    ).expectSuccess()
    #expect(try pets.weights("part") == one)
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    try pets.run("\(train) --epochs 1 --augment imagenet --cache ram").expectFailure(
      naming: "--random-resized-crop takes parts of whole pictures, of which --cache keeps resized")
    try pets.run("\(train) --epochs 1 --random-resized-crop 0.5,1 --crop random").expectFailure(
      naming: "--random-resized-crop and --crop random both choose a part")
  }

  /// `augment` and `show-batch` show what such a training sees.
  @Test func sheetsShowTheRecipe() throws {
    for preset in ["alexnet", "imagenet"] {
      let sheet = folder.path("\(preset).png")
      try pets.run(
        "show-batch --data \(pets.path) --input-size 14 --augment \(preset) --count 4 --output \(sheet)"
      ).expectSuccess()
      try pets.run(
        "augment --input \(pets.path)/train/dark/1.jpg --input-size 14 --augment \(preset) --count 4 "
          + "--output \(sheet)"
      ).expectSuccess()
    }
  }

  // MARK: - The main job of 2012

  /// Parts at random, and a rate that falls when the pictures to measure with are no better: the
  /// same on ranks as on one.
  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"))
  func ranksDecideAlike() throws {
    let line =
      "\(train) --epochs 4 --augment alexnet --opt sgd --lr 0.05 --weight-decay 5e-4 --lr-scheduler "
      + "plateau --lr-monitor val-error --lr-patience 0 --output"
    try pets.run("\(line) \(folder.path("one")) --workers 1").expectSuccess()
    let job = try RankedRun.run(
      2, "\(line) \(folder.path("two")) --workers 1",
      wrapper: "export XDG_CACHE_HOME='\(pets.cache)'")
    job.expectSuccess()
    #expect(try pets.weights("two") == pets.weights("one"))
    let history = try String(contentsOfFile: folder.path("two") + "/history.csv", encoding: .utf8)
    #expect(history.contains("0.005"), "the rate fell: \(history)")
  }
}

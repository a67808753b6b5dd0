import Foundation
import TandemImage
import TestSupport
import Testing

@Suite(.serialized) struct PictureTrainingTests {
  let folder: TemporaryFolder
  let pets: PetFolder

  init() throws {
    folder = try TemporaryFolder()
    pets = try PetFolder(in: folder)
  }

  private var train: String {
    "train --model mlp --data \(pets.path) --input-size 3x12x12 --opt adam --batch-size 8"
  }

  @Test func trainsEvaluatesAndSaysWhatItFound() throws {
    let run = try pets.run("\(train) --epochs 12 --json --output \(folder.path("run"))")
    let report = try run.json(as: TrainReport.self)
    #expect(report.top1 == 1)
    for part in [
      "pets: 2 classes (dark, light), 20 pictures for training, 8 to measure with (validation)",
      "pictures become images of [3, 12, 12], resized to cover them, the middle cut out",
    ] {
      #expect(run.standardError.contains(part), "\(run.standardError)")
    }
    // Size and numbering of the classes are kept with the weights.
    try FileManager.default.removeItem(atPath: pets.path + "/val/dark")
    let evaluating = try pets.run(
      "evaluate --weights \(folder.path("run")) --data \(pets.path) --json")
    let found = "pets: 2 classes (dark, light), 4 pictures to measure with (validation)"
    #expect(evaluating.standardError.contains(found), "\(evaluating.standardError)")
    let evaluation = try evaluating.json(as: EvaluateTests.Report.self)
    #expect(evaluation.images == 4)
    #expect(evaluation.top1 == 1)
    #expect(evaluation.perClass.map(\.images) == [0, 4])
    let folderOnly = try pets.run(
      "evaluate --weights \(folder.path("run")) --data \(pets.path)/train --json"
    ).json(as: EvaluateTests.Report.self)
    #expect(folderOnly.images == 20)
  }

  /// The same bits for any number of workers, any cache, and from archives of one's own.
  @Test func weightsDependOnTheOptionsOnly() throws {
    let line = "\(train) --crop random --seed 3 --shards 4 --epochs 2 --output"
    try pets.run("\(line) \(folder.path("one")) --workers 1").expectSuccess()
    let weights = try pets.weights("one")
    for (name, options) in [
      ("two", "--workers 2"), ("ram", "--workers 2 --cache ram"),
      ("disk", "--workers 1 --cache disk"),
      ("again", "--workers 2 --cache disk"), ("verified", "--workers 2 --verify-data"),
    ] {
      try pets.run("\(line) \(folder.path(name)) \(options)").expectSuccess()
      #expect(try pets.weights(name) == weights, "\(name)")
    }
    try pets.run("\(line) \(folder.path("seed")) --workers 1 --seed 4").expectSuccess()
    #expect(try pets.weights("seed") != weights)
    try pets.run(
      "\(train) --seed 3 --shards 4 --epochs 2 --workers 1 --output \(folder.path("center"))"
    ).expectSuccess()
    #expect(try pets.weights("center") != weights)
  }

  /// Parts that are cut out at random are the same after resuming in mid-epoch.
  @Test func resumesExactly() throws {
    let line = "\(train) --crop random --epochs 3 --shards 2 --workers 1"
    try pets.run("\(line) --output \(folder.path("whole"))").expectSuccess()
    try pets.run("\(line) --steps 4 --output \(folder.path("part"))").expectSuccess()
    try pets.run("\(line) --resume \(folder.path("part"))").expectSuccess()
    #expect(try pets.weights("part") == pets.weights("whole"))
    // Other parts or sizes would be another training.
    try pets.run("\(line) --resume \(folder.path("whole")) --epochs 4 --resize 40").expectFailure(
      naming: "training images of the digest")
  }

  @Test func greyOrColourIsTheNetworks() throws {
    let run = try pets.run(
      "train --model lenet --data \(pets.path) --epochs 1 --opt adam")
    run.expectSuccess()
    #expect(run.standardError.contains("pictures become images of [1, 28, 28]"))
  }

  @Test func splitsFoldersOfClasses() throws {
    let line = "--data \(pets.path)/train --input-size 12"
    try pets.run("train --model lenet \(line)").expectFailure(
      naming: "20 of 2 classes", "--val-split 0.2")
    let run = try pets.run(
      "train --model lenet \(line) --validation-split 0.2 --epochs 1 --output \(folder.path("run"))"
    )
    run.expectSuccess()
    #expect(run.standardError.contains("16 pictures for training, 4 to measure with (split off)"))
    let evaluation = try pets.run(
      "evaluate --weights \(folder.path("run")) --data \(pets.path)/train --validation-split 0.2 --json"
    ).json(as: EvaluateTests.Report.self)
    #expect(evaluation.images == 4)
  }

  @Test func brokenPicturesEndTheRunBeforeTheFirstEpoch() throws {
    try folder.write(Array("404 not found".utf8), to: "pets/train/dark/text.jpg")
    try folder.write([], to: "pets/train/light/empty.jpg")
    try pets.run("\(train) --epochs 1").expectFailure(
      naming: "pets: 2 of 22 pictures cannot be read (train/dark/text.jpg: this is text",
      "train/light/empty.jpg: the file is empty", "with --skip-broken")
    let run = try pets.run("\(train) --epochs 1 --skip-broken")
    run.expectSuccess()
    #expect(
      run.standardError.contains("warning: 2 of 22 pictures are broken and left out of training:"),
      "\(run.standardError)")
    #expect(run.standardError.contains("20 pictures for training"))
  }

  @Test(arguments: [
    ("train --model mlp --data shapes --cache ram", "--cache is about folders of pictures"),
    (
      "evaluate --weights x --data shapes --input-size 9",
      "--input-size is about folders of pictures"
    ),
    ("train --model mlp --input-size 2x9x9 --data x", "with 1 or 3 channels"),
    ("train --model mlp --resize 0 --data x", "cover, stretch, or the pixels of the shorter side"),
    ("train --model mlp --validation-split 1 --data x", "above 0 and below 1"),
  ])
  func optionsThatMakeNoSense(line: String, expected: String) throws {
    let run = try pets.run(line)
    run.expectFailure(naming: expected)
    #expect(run.exitCode == 64)
  }

  @Test func partsMustFit() throws {
    try pets.run("\(train) --resize 10").expectFailure(
      naming: "pictures of [10, 10] cannot give a part of [12, 12]", "--resize", "--input-size")
  }

  @Test func channelsThatNoPictureHas() throws {
    try pets.run("train --model reduction-none --data \(pets.path)").expectFailure(
      naming: "the network takes images of 480 channels; pictures have 1 or 3")
  }

  // MARK: - Ranks

  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"))
  func ranksTrainTheSameAndReadTheirOwn() throws {
    let line = "\(train) --crop random --shards 4 --epochs 2 --output"
    try pets.run("\(line) \(folder.path("one")) --workers 1").expectSuccess()
    let job = try RankedRun.run(
      2, "\(line) \(folder.path("two")) --workers 1",
      wrapper: "export XDG_CACHE_HOME='\(pets.cache)'")
    job.expectSuccess()
    #expect(try pets.weights("two") == pets.weights("one"))
    #expect(job.errors.components(separatedBy: "pets: 2 classes").count == 2, "\(job.errors)")
  }

  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"))
  func ranksWithOtherPicturesAreNamed() throws {
    let other = try PetFolder(in: TemporaryFolder(), each: (9, 4))
    let job = try RankedRun.run(
      1, "\(train) --epochs 1",
      others: [
        "train --model mlp --data \(other.path) --input-size 3x12x12 --opt adam --batch-size 8 --epochs 1"
      ],
      wrapper: "export XDG_CACHE_HOME='\(pets.cache)'")
    job.expectFailure(naming: "rank 1", "training data 18 images [3, 12, 12]", "20 images")
  }
}

import Foundation
import TestSupport
import Testing

/// `train --dry-run`.
@Suite(.serialized) struct DryRunTests {
  struct Report: Decodable {
    struct Memory: Decodable {
      let rank: Int
      let predictedPeakBytes: Int
      let measuredPeakBytes: Int?
      let availableBytes: Int
    }

    struct Setting: Decodable {
      let value: String
      let source: String
    }

    let settings: [String: Setting]
    let trainableParameters: Int
    let stepsPerEpoch: Int
    let steps: Int
    let ranks: Int
    let shards: Int
    let memory: [Memory]
    let checkpointBytes: Int?
    let neededDiskBytes: Int?
    let measuredImages: Int
    let secondsPerStep: Double
    let secondsPerEpoch: Double
    let secondsInAll: Double
  }

  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func dryRun(_ options: String) throws -> Report {
    try ToolRun("train \(options) --dry-run --json", in: folder.url).json(as: Report.self)
  }

  @Test func tellsWhatWouldBe() throws {
    let report = try dryRun(
      "--model lenet --data shapes:1000,100 --batch-size 30 --epochs 3 --opt adam --shards 4 --output run"
    )
    #expect(report.stepsPerEpoch == 34 && report.steps == 102 && report.shards == 4)
    #expect(report.settings["batchSize"]?.value == "30")
    #expect(report.settings["batchSize"]?.source == "given")
    #expect(report.settings["wire"]?.source == "default")
    #expect(report.measuredImages == 30)
    #expect(abs(report.secondsPerStep * 34 - report.secondsPerEpoch) < 1e-9)
    #expect(abs(report.secondsPerEpoch * 3 - report.secondsInAll) < 1e-9)
    // Weights and two moments, each parameter filled up to full vectors.
    let bytes = report.trainableParameters * 12
    let checkpoint = try #require(report.checkpointBytes)
    #expect((bytes...bytes + 2048).contains(checkpoint))
    #expect(report.neededDiskBytes == checkpoint * 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
  }

  /// What is expected is what the steps then take, for networks of all sizes, and evaluation too.
  @Test(arguments: [
    "--model mlp --data shapes:2000,500", "--model lenet --data shapes:2000,500 --opt adam",
    "--model mnist-cnn --data shapes:1000,200 --batch-size 500 --shards 3 --workers 2",
    "--model cifar-resnet-20 --data shapes:400,100 --batch-size 128",
    "--model simple-convnet --data shapes:600,100 --batch-size 300 --opt adam --ema 0.9",
  ])
  func memoryIsExpected(options: String) throws {
    let report = try dryRun(options)
    let memory = try #require(report.memory.first)
    let measured = try #require(memory.measuredPeakBytes)
    let ratio = Double(memory.predictedPeakBytes) / Double(measured)
    #expect((0.9...1.1).contains(ratio), "\(options): \(memory)")
  }

  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"), arguments: ["", " --no-shared-memory"])
  func ranksAreTold(option: String) throws {
    let job = try RankedRun.run(
      2,
      "train --model mnist-cnn --data shapes:1000,200 --batch-size 200 --workers 1 --dry-run --json"
        + option)
    let report = try job.json(as: Report.self)
    #expect(report.ranks == 2 && report.memory.map(\.rank) == [0, 1])
    for memory in report.memory {
      let measured = try #require(memory.measuredPeakBytes)
      let ratio = Double(memory.predictedPeakBytes) / Double(measured)
      #expect((0.9...1.1).contains(ratio), "\(memory)")
    }
  }

  /// Before anything is taken, with the number.
  @Test func whatDoesNotFitIsRefused() throws {
    let run = try ToolRun(
      [
        "train", "--model", "mnist-cnn", "--data", "shapes:20000,100", "--batch-size", "20000",
        "--dry-run",
      ], shell: "ulimit -v 700000; exec \"$@\"", in: folder.url)
    run.expectFailure(naming: "memory", "ulimit -v 700000", "--batch-size")
  }

  /// VGG with batch normalization needs all maps of a shard at once, some 250 GiB. Pictures are
  /// read in a step, so that many take no memory before.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.physicalMemory < 200 << 30, "this machine has memory enough"))
  func largeMiniBatchesAreRefusedWithTheNumber() throws {
    let pets = try PetFolder(in: folder, each: (1, 1))
    let picture = pets.path + "/train/light/0.png"
    for (part, count) in [("train", 2050), ("val", 1)] {
      for name in ["a", "b"] {
        let place = folder.path("many/\(part)/\(name)")
        try FileManager.default.createDirectory(
          atPath: place, withIntermediateDirectories: true)
        for number in 0..<count {
          try FileManager.default.linkItem(atPath: picture, toPath: "\(place)/\(number).png")
        }
      }
    }
    let line =
      "train --model vgg-16-bn --data many --input-size 3x224x224 --normalize unit "
      + "--batch-size 4096 --workers 2 --dry-run"
    let run = try ToolRun(
      line.split(separator: " ").map(String.init), shell: "XDG_CACHE_HOME=. exec \"$@\"",
      in: folder.url)
    run.expectFailure(naming: "the training would take ", " GiB more of memory", "--batch-size")
    let words = run.standardError.split(separator: " ")
    let place = try #require(words.firstIndex(of: "take"))
    let needed = try #require(Double(words[place + 1]))
    #expect(needed > 200)
  }

  @Test func continuedRunsStayAsTheyAre() throws {
    let options = "--model mlp --data shapes:200,40 --epochs 2"
    try ToolRun("train \(options) --output run", in: folder.url).expectSuccess()
    let before = try bytes(of: folder.path("run/run.json"))
    let report = try dryRun("--resume run --epochs 4")
    #expect(report.steps == 16)
    // The checkpoint that is there is replaced.
    #expect(report.neededDiskBytes == report.checkpointBytes)
    #expect(try bytes(of: folder.path("run/run.json")) == before)
    try ToolRun("train \(options) --output run --dry-run", in: folder.url)
      .expectFailure(naming: "run", "--overwrite")
    try ToolRun("train \(options) --output run --overwrite --dry-run", in: folder.url)
      .expectSuccess()
    #expect(try bytes(of: folder.path("run/run.json")) == before)
  }

  @Test func textTellsTheSame() throws {
    let run = try ToolRun(
      "train --model lenet --data shapes:300,50 --output run --dry-run", in: folder.url)
    run.expectSuccess()
    for word in ["Setting", "Steps: 5 in an epoch", "Devices:", "Memory:", "Disk:", "Time:"] {
      #expect(run.standardOutput.contains(word), "\(run.standardOutput)")
    }
    try ToolRun("lr-find --model mlp --data shapes --dry-run").expectFailure(naming: "--dry-run")
  }
}

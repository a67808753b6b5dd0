import Foundation
import Tandem
import Testing

/// What `tandem train --json` prints.
struct TrainReport: Decodable {
  struct Epoch: Decodable {
    let epoch: Int
    let step: Int
    let trainLoss: Double
    let testTop1: Double?
    let learningRate: Double
    let imagesPerSecond: Double
  }

  let model: String
  let data: String
  let output: String?
  let ending: String
  let epochs: [Epoch]
  let steps: Int
  let loss: Double?
  let top1: Double?
  let top5: Double?
  let imagesPerSecond: Double
  let trainableParameters: Int
  let ranks: Int
  let workers: Int
  let shards: Int
}

@Suite(.serialized) struct TrainTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// `train` with a small part of the generated pictures; more options in `more`.
  private func train(_ more: String, output: String? = nil) throws -> ToolRun {
    let start = "train --model lenet --data shapes:300,60 --batch-size 50 --opt adam --json "
    return try ToolRun(start + more + (output.map { " --output \(folder.path($0))" } ?? ""))
  }

  private func weights(_ output: String) throws -> [String: Tensor] {
    try SafeTensorsFile.read(folder.path("\(output)/checkpoint-last/model.safetensors")).tensors
  }

  @Test func namesTheMesh() throws {
    let run = try train("--epochs 1 --steps 1 --parallelism hybrid --mesh 2x1")
    run.expectSuccess()
    #expect(run.standardError.contains("as mesh 2x1, hybrid parallelism, 2 shards"))
    #expect(try !train("--epochs 1 --steps 1").standardError.contains("mesh"))
  }

  @Test func learnsTheGeneratedPictures() throws {
    let run = try ToolRun(
      "train --model lenet --data shapes:3000,600 --epochs 4 --opt adam --lr 3e-3 --json")
    let report = try run.json(as: TrainReport.self)
    #expect(report.model == "lenet")
    #expect(report.ending == "completed")
    #expect(report.epochs.map(\.epoch) == [1, 2, 3, 4])
    #expect(report.steps == 4 * 47)
    #expect(report.epochs[3].trainLoss < report.epochs[0].trainLoss)
    // A third would be chance.
    let top1 = try #require(report.top1)
    #expect(top1 > 0.7)
    #expect(top1 == report.epochs.last?.testTop1)
    #expect(report.top5 == 1)
    #expect(report.imagesPerSecond > 0)
  }

  @Test func progressIsPlainLinesWhereThereIsNoTerminal() throws {
    let run = try train("--epochs 2")
    run.expectSuccess()
    #expect(!run.standardError.contains("\r"))
    #expect(run.errorLines.contains { $0.hasPrefix("epoch 1/2 ") })
    #expect(run.errorLines.contains { $0.hasPrefix("epoch 2/2 ") })
  }

  @Test func endsWithATableOfEpochs() throws {
    let run = try ToolRun("train --model mlp --data shapes:200,50 --epochs 2")
    run.expectSuccess()
    #expect(run.standardOutput.contains("Test top-1"))
    #expect(run.lines.contains { $0.drop { $0 == " " }.hasPrefix("2 ") })
  }

  @Test func writesHistoryAndCheckpoint() throws {
    let report = try train("--epochs 2", output: "run").json(as: TrainReport.self)
    #expect(report.output == folder.path("run"))
    let history = try folder.text("run/history.csv").split(separator: "\n")
    #expect(history.count == 3)
    let json = try JSONSerialization.jsonObject(with: Data(folder.text("run/history.json").utf8))
    #expect(json is [String: Any] || json is [Any])
    let file = try ModelFile(contentsOf: folder.path("run"))
    #expect(file.network?.name == "lenet")
    #expect(file.classNames == ["circle", "rectangle", "triangle"])
    #expect(file.tensors["conv1.weight"]?.shape == [6, 1, 5, 5])
  }

  @Test func sameShardsGiveTheSameWeightsForAnyWorkers() throws {
    for workers in 1...4 {
      let report = try train(
        "--epochs 2 --shards 4 --workers \(workers)", output: "workers\(workers)"
      ).json(as: TrainReport.self)
      #expect(report.workers == workers)
      #expect(report.shards == 4)
    }
    let first = try weights("workers1")
    for workers in 2...4 { #expect(try weights("workers\(workers)") == first) }
  }

  @Test func seedDecidesTheWeights() throws {
    for (name, seed) in [("a", 1), ("b", 1), ("c", 2)] {
      try train("--epochs 1 --shards 2 --seed \(seed)", output: name).expectSuccess()
    }
    #expect(try weights("a") == weights("b"))
    #expect(try weights("a") != weights("c"))
  }

  @Test func resumedRunEqualsAnUninterruptedOne() throws {
    try train("--epochs 2 --shards 2", output: "whole").expectSuccess()
    try train("--epochs 1 --shards 2", output: "parts").expectSuccess()
    let report = try train("--epochs 2 --shards 2 --resume \(folder.path("parts"))")
      .json(as: TrainReport.self)
    #expect(report.epochs.count == 2)
    #expect(try weights("whole") == weights("parts"))
  }

  @Test func runResumedWithinAnEpochEqualsAnUninterruptedOne() throws {
    try train("--epochs 2 --shards 2 --model mnist-cnn", output: "whole").expectSuccess()
    // Six steps an epoch; the fourth is the last with a checkpoint.
    try train(
      "--epochs 2 --shards 2 --model mnist-cnn --checkpoint-every-steps 2 --steps 4",
      output: "parts"
    ).expectSuccess()
    let report = try train(
      "--epochs 2 --shards 2 --model mnist-cnn --resume \(folder.path("parts"))"
    ).json(as: TrainReport.self)
    #expect(report.steps == 12)
    #expect(try weights("whole") == weights("parts"))
  }

  /// As a job that is queued again with the same line does it: nothing is predicted, which could
  /// come out otherwise now.
  @Test(arguments: ["hybrid --mesh 1x2", "data --mesh 2x1"])
  func resumedRunKeepsItsParallelism(parallelism: String) throws {
    try train("--epochs 2 --parallelism \(parallelism)", output: "whole").expectSuccess()
    try train("--epochs 1 --parallelism \(parallelism)", output: "parts").expectSuccess()
    let auto = "--epochs 2 --parallelism auto --latency 1000 --resume \(folder.path("parts"))"
    if parallelism.hasPrefix("hybrid") {
      let other = try train(auto + " --mesh 2x1")
      other.expectFailure(naming: "the mesh 1x2", "use --mesh 1x2")
    }
    let run = try train(auto + " --mesh 1x2")
    #expect(try run.json(as: TrainReport.self).epochs.count == 2)
    let kind = parallelism.prefix { $0 != " " }
    #expect(run.standardError.contains("--parallelism auto: \(kind), as in "))
    #expect(try weights("whole") == weights("parts"))
  }

  /// Another rate or a stretched schedule would otherwise go unnoticed.
  @Test(arguments: [
    ("--lr 0.002", "--epochs 2 --lr 0.001", "--lr 0.002"),
    ("--lr-scheduler cosine --lr 0.002", "--epochs 2 --lr-scheduler constant", "--lr-scheduler"),
    ("--lr-scheduler cosine", "--epochs 2", "--epochs 1"),
  ])
  func resumingWithAnotherLearningRateSaysSo(first: String, second: String, named: String) throws {
    try train("--epochs 1 --shards 2 " + first, output: "run").expectSuccess()
    let run = try train("\(second) --shards 2 --resume \(folder.path("run"))")
    run.expectSuccess()
    let warning = run.errorLines.filter { $0.hasPrefix("warning: ") }
    #expect(warning.count == 1, "\(run.standardError)")
    #expect(warning.allSatisfy { $0.contains(named) }, "\(run.standardError)")
  }

  @Test func resumingWithTheSameLearningRateWarnsOfNothing() throws {
    let options = "--shards 2 --lr-scheduler cosine --lr-warmup-steps 3 --epochs 2"
    try train(options + " --steps 7", output: "run").expectSuccess()
    let run = try train("\(options) --resume \(folder.path("run"))")
    run.expectSuccess()
    #expect(!run.standardError.contains("warning"), "\(run.standardError)")
  }

  @Test func weightsOfARunAreAStartForAnother() throws {
    try train("--epochs 3", output: "first").expectSuccess()
    let fresh = try train("--epochs 1").json(as: TrainReport.self)
    let tuned = try ToolRun(
      "train --weights \(folder.path("first")) --data shapes:300,60 --batch-size 50 --epochs 1 "
        + "--opt adam --json"
    ).json(as: TrainReport.self)
    #expect(tuned.model == "lenet")
    #expect(tuned.epochs[0].trainLoss < fresh.epochs[0].trainLoss)
  }

  @Test func limitsTakeTheFirstImages() throws {
    let report = try train("--epochs 1 --limit-train 120 --limit-test 30")
      .json(as: TrainReport.self)
    #expect(report.steps == 3)
    let top1 = try #require(report.top1)
    // A fraction of 30 images.
    #expect(abs(top1 * 30 - (top1 * 30).rounded()) < 1e-9)
  }

  @Test func stepsEndTheRunEarly() throws {
    let report = try train("--epochs 5 --steps 7").json(as: TrainReport.self)
    #expect(report.steps == 7)
    #expect(report.ending == "stepLimit")
  }

  @Test func dropoutReplacesTheNetworksRates() throws {
    let options = "--model mnist-cnn --epochs 1 --shards 1 --workers 1 --shuffle none"
    try train(options + " --dropout 0 --seed 3", output: "a").expectSuccess()
    try train(options + " --dropout 0.5 --seed 3", output: "b").expectSuccess()
    #expect(try weights("a") != weights("b"))
    #expect(
      try ModelFile(contentsOf: folder.path("a")).network?.description.contains("Dropout") == false)
  }

  @Test func everyOptimizerAndScheduleTrains() throws {
    for optimizer in AnyOptimizer.names {
      let report = try ToolRun(
        "train --model mlp --data shapes:60,20 --epochs 1 --opt \(optimizer) --json"
      ).json(as: TrainReport.self)
      #expect(report.loss?.isFinite == true)
    }
    let schedules = [
      "constant", "step --lr-step-size 1", "multistep --lr-milestones 1,2",
      "exponential --lr-gamma 0.5", "cosine --lr-min 1e-4", "polynomial --lr-power 2",
    ]
    for schedule in schedules {
      let report = try ToolRun(
        "train --model mlp --data shapes:60,20 --epochs 3 --lr-warmup-epochs 1 --json "
          + "--lr-scheduler \(schedule)"
      ).json(as: TrainReport.self)
      #expect(report.loss?.isFinite == true)
    }
  }

  /// Goyal et al. 2017: 0.01 is for 25 images, so 50 get 0.02, reached after 5 epochs from 0.01.
  @Test func linearRuleScalesTheRateAfterAWarmUp() throws {
    let report = try train("--epochs 6 --lr 0.01 --opt sgd --scale-lr --lr-base-size 25")
      .json(as: TrainReport.self)
    let rates = report.epochs.map(\.learningRate)
    // The rate of an epoch's last step; there are six.
    for (epoch, rate) in rates.dropLast().enumerated() {
      let step = Double(6 * epoch + 5)
      #expect(abs(rate - (0.01 + 0.01 * step / 30)) < 1e-7)
    }
    #expect(abs(rates[5] - 0.02) < 1e-8)
  }

  @Test func warmUpOfTheWholeTrainingIsAWarning() throws {
    let run = try train("--epochs 2 --scale-lr --lr-base-size 10")
    run.expectSuccess()
    let warnings = run.errorLines.filter { $0.hasPrefix("tandem: warning: ") }
    #expect(warnings.count == 1, "\(run.standardError)")
    #expect(warnings.first?.contains("--lr-warmup-epochs") == true, "\(run.standardError)")
    let short = try train("--epochs 2 --scale-lr --lr-base-size 10 --lr-warmup-epochs 1")
    #expect(!short.standardError.contains("warning"), "\(short.standardError)")
  }

  /// Buckets change how the sums travel, not what is summed.
  @Test func bucketsDoNotChangeTheWeights() throws {
    try train("--epochs 1 --shards 2 --workers 2", output: "one").expectSuccess()
    try train("--epochs 1 --shards 2 --workers 2 --bucket-mb 0.01 --no-overlap", output: "many")
      .expectSuccess()
    #expect(try weights("one") == weights("many"))
  }

  @Test func moreWorkersThanCoresIsAWarning() throws {
    let cores = CPUTopology.current().usableCores
    let run = try train("--epochs 1 --workers \(cores + 3)")
    let report = try run.json(as: TrainReport.self)
    #expect(report.workers == cores + 3)
    let warnings = run.errorLines.filter { $0.contains("warning: ") }
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("\(cores + 3) workers") == true)
  }

  @Test func signalEndsTheRunWithACheckpointToContinueFrom() throws {
    let output = folder.path("run")
    let command = [
      "train", "--model", "mlp", "--data", "shapes:60,20", "--shards", "2", "--output", output,
    ]
    let stopped = try ToolRun(
      command + ["--epochs", "100000", "--json"],
      shell: """
        "$@" & tool=$!
        while [ ! -e \(output)/checkpoint-last ]; do sleep 0.05; done
        kill -TERM $tool; wait $tool
        """)
    #expect(stopped.exitCode == 0)
    let report = try JSONDecoder().decode(
      TrainReport.self, from: Data(stopped.standardOutput.utf8))
    #expect(report.ending == "interrupted")
    #expect(stopped.standardError.contains("--resume \(output)"))

    let epochs = report.epochs.count + 2
    let resumed = try ToolRun(
      command.dropLast(2) + ["--epochs", "\(epochs)", "--resume", output, "--json"]
    ).json(as: TrainReport.self)
    #expect(resumed.epochs.count == epochs)
  }
}

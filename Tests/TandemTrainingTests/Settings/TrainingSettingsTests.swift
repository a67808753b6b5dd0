import Foundation
import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

@Suite("The table of settings")
struct TrainingSettingsTests {
  private func setting(_ name: String) throws -> TrainingSetting {
    try #require(TrainingSettings.all.first { $0.name == name }, "\(name)")
  }

  /// The properties of options that the table has not, and the rows that are of none or there
  /// twice.
  private func problems(_ options: Any, _ names: [String]) -> [String] {
    // A rate that nobody has given is the optimizer's.
    let properties = Mirror(reflecting: options).children.compactMap(\.label).map {
      $0 == "givenLearningRate" ? "learningRate" : $0
    }
    let missing = properties.filter { !names.contains($0) }
    let others = names.filter { !properties.contains($0) }
    let twice = Set(names).filter { name in names.count { $0 == name } > 1 }
    return missing.map { "\($0) has no row" } + others.map { "\($0) is no property" }
      + twice.sorted().map { "\($0) has several rows" }
  }

  @Test("has a row for each property of the options, and no others")
  func rows() {
    let names = TrainingSettings.all.map(\.name)
    #expect(names.count > 30)
    #expect(problems(TrainingOptions(), names) == [])
  }

  @Test("a property without a row is found, and a row too many")
  func problemsAreFound() {
    struct Options {
      var epochs = 1
      var warmth = 2
    }
    #expect(
      problems(Options(), ["epochs", "speed", "epochs"]) == [
        "warmth has no row", "speed is no property", "epochs has several rows",
      ])
  }

  @Test("ranks may differ in what is of one of them alone, and in nothing else")
  func ranks() throws {
    let free = TrainingSettings.all.filter {
      if case .mayDiffer = $0.ranks { true } else { false }
    }
    #expect(
      Set(free.map(\.name)) == [
        "workers", "pinsWorkers", "loaderThreads", "timelineDetail", "overwritesOutput",
        "stopsOnSignals",
      ])
    for setting in TrainingSettings.all {
      guard case .comparedWith(let name) = setting.ranks else { continue }
      guard case .same = try self.setting(name).ranks else {
        Issue.record("\(setting.name) is compared with \(name), which is not compared")
        continue
      }
    }
    let facts = TrainingOptions().facts
    #expect(Set(facts.map(\.name)).count == facts.count)
    #expect(facts.count == 45)
  }

  /// What does not decide the weights may change when a run is continued, and among ranks only
  /// costs time.
  @Test("what a resumed run must have the same changes the weights")
  func resumedRuns() {
    for setting in TrainingSettings.all {
      if case .mayDiffer = setting.resumed { continue }
      #expect(setting.changesWeights, "\(setting.name)")
    }
  }

  @Test("what may differ without changing the weights does not change them")
  func sameWeights() throws {
    try withTemporaryFolder { folder in
      let data = quartersPair(train: 40)
      func weights(_ change: (inout TrainingOptions) -> Void = { _ in }) throws -> [UInt32] {
        let trainer = try makeTrainer(data) {
          $0.epochs = 2
          $0.shards = 2
          $0.clipNorm = 1
          change(&$0)
        }
        _ = try trainer.run()
        return bits(trainer)
      }
      let usual = try weights()
      #expect(try weights { $0.seed = 1 } != usual)
      #expect(try weights { $0.clipNorm = nil } != usual)
      let changes: [String: (inout TrainingOptions) -> Void] = [
        // As many steps as there are.
        "stepLimit": { $0.stepLimit = 6 },
        "evaluatesEachEpoch": { $0.evaluatesEachEpoch = true },
        "earlyStopping": {
          $0.evaluatesEachEpoch = true
          $0.earlyStopping = EarlyStopping(metric: EpochMetric(.loss, of: .test), patience: 5)
        },
        "averageLast": { $0.averageLast = 2 },
        "toleratesNonFinite": { $0.toleratesNonFinite = true },
        "keepBest": {
          $0.evaluatesEachEpoch = true
          $0.outputFolder = folder + "/c"
          $0.keepBest = EpochMetric(.loss, of: .test)
        },
        "keptCheckpoints": {
          $0.outputFolder = folder + "/d"
          $0.keptCheckpoints = 3
        },
        "layerStatistics": { $0.layerStatistics = true },
        "keepsGradients": { $0.keepsGradients = true },
        "evaluationChunkSize": { $0.evaluationChunkSize = 3 },
        "outputFolder": { $0.outputFolder = folder + "/a" },
        "checkpointEverySteps": {
          $0.outputFolder = folder + "/b"
          $0.checkpointEverySteps = 1
        },
        "bucketBytes": { $0.bucketBytes = 64 },
        "firstBucketBytes": { $0.firstBucketBytes = 64 },
        "overlapsExchange": { $0.overlapsExchange = false },
        "sharesMemory": { $0.sharesMemory = false },
        "workers": { $0.workers = 2 },
        "pinsWorkers": { $0.pinsWorkers = true },
        "loaderThreads": { $0.loaderThreads = 2 },
        "timelineDetail": { $0.timelineDetail = .operators },
        "overwritesOutput": {
          $0.outputFolder = folder + "/a"
          $0.overwritesOutput = true
        },
        // Signals that would end the test are not sent.
        "stopsOnSignals": { $0.stopsOnSignals = true },
      ]
      #expect(
        Set(changes.keys)
          == Set(TrainingSettings.all.filter { !$0.changesWeights }.map(\.name)))
      // In this order: one folder is of two runs, the second of which overwrites the first.
      for (name, change) in changes.sorted(by: { $0.key < $1.key }) {
        #expect(try weights(change) == usual, "\(name)")
      }
    }
  }

  /// As earlier versions have written it, byte for byte: their checkpoints go on, and they read
  /// ours.
  @Test("checkpoints keep settings under their names")
  func checkpoints() throws {
    try withTemporaryFolder { folder in
      func saved(_ change: (inout TrainingOptions) -> Void) throws -> String {
        let output = folder + "/\(UUID().uuidString)"
        let trainer = try makeTrainer(linearNetwork, quartersPair(train: 8)) {
          $0.outputFolder = output
          $0.batchSize = 4
          change(&$0)
        }
        _ = try trainer.run()
        let file = try SafeTensorsFile.read(
          output + "/checkpoint-last/training-state.safetensors")
        let text = try #require(file.metadata["run"])
        // The network and what is told of the images are no settings.
        let network = try #require(text.range(of: ",\"network\":{"))
        let optimizer = try #require(text.range(of: ",\"optimizer\":"))
        let contents = try #require(
          text.range(of: #""contents":"[^"]*","#, options: .regularExpression))
        return text.replacingCharacters(in: network.lowerBound..<optimizer.lowerBound, with: "")
          .replacingCharacters(in: contents, with: "")
      }
      let start = #""dataset":"quarters","labelSmoothing":"#
      let sgd =
        #""optimizer":{"hyperParameters":{"momentum":0.9,"nesterov":false,"#
        + #""weightDecay":0},"name":"sgd"}"#
      let usual = try saved { _ in }
      #expect(
        usual == #"{"accumulatedBatches":1,"batchSize":4,"# + start
          + #"0,"loss":"cross-entropy",\#(sgd),"#
          + #""seed":0,"shards":1,"shuffle":true,"trainImages":8}"#)
      let changed = try saved {
        $0.accumulatedBatches = 2
        $0.clipNorm = 0.5
        $0.labelSmoothing = 0.25
        $0.microBatchSize = 2
        $0.seed = 7
        $0.shards = 1
        $0.shuffle = false
        $0.wire = .bfloat16
      }
      #expect(
        changed == #"{"accumulatedBatches":2,"batchSize":4,"clipNorm":0.5,"# + start
          + #"0.25,"loss":"cross-entropy","microBatchSize":2,\#(sgd),"#
          + #""seed":7,"shards":1,"shuffle":false,"trainImages":8,"wire":"bf16"}"#)
    }
  }
}

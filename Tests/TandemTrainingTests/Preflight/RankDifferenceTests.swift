import TandemData
import TandemNetwork
import TandemTraining
import Testing

@Suite("What ranks compare")
struct RankDifferenceTests {
  private let hosts = ["a", "a", "a", "b"]

  private func facts(_ changes: [(rank: Int, name: String, value: String)]) -> [[RankFact]] {
    hosts.indices.map { rank in
      [("batch size", "64"), ("seed", "0"), ("epochs", "10")].map { name, value in
        let change = changes.first { $0.rank == rank && $0.name == name }
        return RankFact(name, change?.value ?? value)
      }
    }
  }

  private func text(_ facts: [[RankFact]]) -> String? {
    RankDifference(facts, hosts: hosts).map { "\($0)" }
  }

  @Test("ranks that agree")
  func agreement() {
    #expect(text(facts([])) == nil)
    #expect(RankDifference([[RankFact("seed", "0")]], hosts: ["a"]) == nil)
  }

  @Test("the first rank that differs, in its first fact that does")
  func difference() {
    #expect(
      text(facts([(3, "batch size", "128")]))
        == "rank 3 (host b) has batch size 128, rank 0 (host a) has 64; start all ranks with the "
        + "same options")
    #expect(
      text(facts([(3, "seed", "1"), (2, "epochs", "9"), (2, "seed", "7")]))
        == "rank 2 (host a) has seed 7, rank 0 (host a) has 0 (also different: epochs); start all "
        + "ranks with the same options")
  }

  @Test("a fact that only one of them knows")
  func missing() {
    var all = facts([])
    all[1].append(RankFact("color", "blue"))
    #expect(
      text(all)
        == "rank 1 (host a) has color blue, rank 0 (host a) has none; start all ranks with the same "
        + "options")
    all = facts([])
    all[1].removeLast()
    #expect(
      text(all)
        == "rank 1 (host a) has epochs unknown, rank 0 (host a) has 10; start all ranks with the "
        + "same options")
  }

  @Test(
    "what to do",
    arguments: [
      (RankFact.Remedy.sameProgram, "start the same program on all hosts"),
      (.sameMachines, "use hosts with the same instruction sets"),
      (.sameData, "give all ranks the same data"),
      (.soundHardware, "the ranks compute different numbers: check the memory of these hosts"),
    ])
  func remedies(remedy: RankFact.Remedy, text: String) throws {
    let difference = try #require(
      RankDifference(
        [[RankFact("x", "1", remedy)], [RankFact("x", "2", remedy)]], hosts: ["a", "b"]))
    #expect("\(difference)".contains("rank 1 (host b) has x 2, rank 0 (host a) has 1; \(text)"))
  }

  @Test("a changed option is a changed fact")
  func changes() throws {
    let changes: [(String, (inout TrainingOptions) -> Void)] = [
      ("batch size", { $0.batchSize = 65 }), ("epochs", { $0.epochs = 11 }),
      ("seed", { $0.seed = 1 }), ("precision", { $0.precision = .bfloat16 }),
      ("optimizer", { $0.optimizer = AnyOptimizer(SGD(momentum: 0.8)) }),
      ("learning rate", { $0.learningRate = 0.010000001 }),
      (
        "learning rate schedule", { $0.schedule = try! Schedule(StaircaseSchedule(everyEpochs: 3)) }
      ),
      (
        "learning rate schedule",
        { $0.schedule = try! Schedule(ConstantSchedule(), warmUpSteps: 2) }
      ),
      ("frozen parameters", { $0.freeze = ["conv1"] }),
      ("first trained layer", { $0.unfreezeFrom = "conv1" }),
      (
        "scales of the learning rate",
        { $0.learningRateScales = [LearningRateScale("conv1", 0.5)] }
      ),
      ("the head's learning rate", { $0.headLearningRate = 0.1 }),
      ("shards", { $0.shards = 1 }), ("mini-batches per update", { $0.accumulatedBatches = 2 }),
      ("mesh", { $0.mesh = Mesh("1x2") }), ("parallelism", { $0.parallelism = .hybrid }),
      ("pieces of a mini-batch", { $0.pieces = 2 }),
      ("micro-batch size", { $0.microBatchSize = 1 }),
      ("elements of factored weights", { $0.leastFactoredElements = 1 }),
      ("gradient clipping", { $0.clipNorm = 1 }), ("loss", { $0.loss = .meanSquaredError }),
      ("label smoothing", { $0.labelSmoothing = 0.1 }),
      ("augmentation", { $0.augmentation = AugmentationPreset.cifar.augmentation }),
      ("shuffling", { $0.shuffle = false }), ("step limit", { $0.stepLimit = 1 }),
      ("evaluation", { $0.evaluatesEachEpoch = false }),
      ("layer statistics", { $0.layerStatistics = true }),
      ("gradients to look at", { $0.keepsGradients = true }),
      ("images evaluated at a time", { $0.evaluationChunkSize = 1 }),
      ("output", { $0.outputFolder = "x" }),
      ("steps between checkpoints", { $0.checkpointEverySteps = 1 }),
      ("bucket bytes", { $0.bucketBytes = 1 }), ("first bucket bytes", { $0.firstBucketBytes = 1 }),
      ("overlap of exchange and backward", { $0.overlapsExchange = false }),
      ("numbers between ranks", { $0.wire = .bfloat16 }),
      ("shared memory", { $0.sharesMemory = false }),
      ("computing", { $0.emulatesComputing = true }),
      ("the weight decay of normalizations and biases", { $0.normWeightDecay = 0 }),
      ("class weights", { $0.classWeights = .balanced }), ("sampling", { $0.sampling = .balanced }),
      ("the decay of averaged weights", { $0.emaDecay = 0.9 }),
      ("averaged epochs", { $0.averageLast = 2 }),
      ("early stopping", { $0.earlyStopping = EarlyStopping(patience: 1) }),
      ("the best epoch's metric", { $0.keepBest = EpochMetric(.loss, of: .test) }),
      ("kept checkpoints", { $0.keptCheckpoints = 2 }),
      ("a loss that is not finite", { $0.toleratesNonFinite = true }),
    ]
    let usual = TrainingOptions().facts
    #expect(Set(changes.map(\.0)).count == usual.count)
    for (name, change) in changes {
      var options = TrainingOptions()
      change(&options)
      let changed = zip(usual, options.facts).filter { $0 != $1 }
      #expect(changed.map(\.0.name) == [name])
    }
  }
}

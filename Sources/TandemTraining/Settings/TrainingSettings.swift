import TandemCollectives
import TandemExecution
import TandemNetwork

/// Every property of `TrainingOptions`, described once. What ranks compare before the first step,
/// what checkpoints keep and resumed runs are compared with, and the table in docs/library.md
/// follow from here.
package enum TrainingSettings {
  /// In the order in which differences are looked for.
  package static let all: [TrainingSetting] =
    mathematics + division + duration + exchange + ownOfARank

  /// What is computed.
  private static let mathematics = [
    TrainingSetting(
      "batchSize", changesWeights: true,
      ranks: .same("batch size") { "\($0.batchSize)" },
      resumed: .same(SavedField("a batch size of") { $0.batchSize })),
    TrainingSetting(
      "epochs", changesWeights: true, ranks: .same("epochs") { "\($0.epochs)" }, resumed: .warns),
    TrainingSetting(
      "seed", changesWeights: true,
      ranks: .same("seed") { "\($0.seed)" }, resumed: .same(SavedField("the seed") { $0.seed })),
    TrainingSetting(
      "precision", changesWeights: true,
      ranks: .same("precision") { $0.precision.rawValue },
      resumed: .same(SavedField.choice("the precision", .means(.float32)) { $0.precision })),
    TrainingSetting(
      "optimizer", changesWeights: true,
      ranks: .same("optimizer") { "\($0.optimizer.base)" },
      resumed: .same(
        SavedField(
          "the optimizer", remedy: .same,
          text: { $0.name == $1?.name ? "\($0.base)" : $0.name }, { $0.optimizer }))),
    TrainingSetting(
      "learningRate", changesWeights: true,
      ranks: .same("learning rate") { "\($0.learningRate)" }, resumed: .warns),
    TrainingSetting(
      "schedule", changesWeights: true,
      ranks: .same("learning rate schedule") {
        "\($0.schedule.shape), \($0.schedule.warmUpSteps) warm-up steps from "
          + "\($0.schedule.warmUpStart)"
      }, resumed: .warns),
    TrainingSetting(
      "freeze", changesWeights: true,
      ranks: .same("frozen parameters") {
        $0.freeze.isEmpty ? "none" : $0.freeze.joined(separator: ", ")
      },
      resumed: .same(
        SavedField(
          "frozen parameters", .isCalled("of no pattern"), remedy: .same,
          text: { value, _ in value.joined(separator: ", ") },
          { $0.freeze.isEmpty ? nil : $0.freeze }))),
    TrainingSetting(
      "unfreezeFrom", changesWeights: true,
      ranks: .same("first trained layer") { $0.unfreezeFrom ?? "the first of all" },
      resumed: .same(
        SavedField("the first trained layer", .isCalled("the first of all")) { $0.unfreezeFrom })),
    TrainingSetting(
      "learningRateScales", changesWeights: true,
      ranks: .same("scales of the learning rate") {
        $0.learningRateScales.isEmpty ? "none" : "\($0.learningRateScales)"
      },
      resumed: .same(
        SavedField(
          "scales of the learning rate", .isCalled("none"), remedy: .same,
          text: { value, _ in value.map(\.description).joined(separator: ", ") },
          { $0.learningRateScales.isEmpty ? nil : $0.learningRateScales }))),
    TrainingSetting(
      "headLearningRate", changesWeights: true,
      ranks: .same("the head's learning rate") {
        $0.headLearningRate.map { "\($0)" } ?? "that of all"
      },
      resumed: .same(
        SavedField("a learning rate of the head of", .isCalled("all others")) {
          $0.headLearningRate
        })),
    TrainingSetting(
      "normWeightDecay", changesWeights: true,
      ranks: .same("the weight decay of normalizations and biases") {
        $0.normWeightDecay.map { "\($0)" } ?? "that of all"
      },
      resumed: .same(
        SavedField("a weight decay of normalizations and biases of", .isCalled("all others")) {
          $0.normWeightDecay
        })),
    TrainingSetting(
      "loss", changesWeights: true,
      ranks: .same("loss") {
        $0.ownLoss.map { "\($0)" } ?? $0.loss?.rawValue ?? "the network's own"
      },
      resumed: .same(SavedField.choice("the loss") { $0.loss })),
    TrainingSetting(
      "ownLoss", changesWeights: true, ranks: .comparedWith("loss"),
      resumed: .same(
        SavedField("the loss", .isCalled("a built-in one"), remedy: .same) {
          $0.ownLoss.map { "\($0)" }
        })),
    TrainingSetting(
      "labelSmoothing", changesWeights: true,
      ranks: .same("label smoothing") { "\($0.labelSmoothing)" },
      resumed: .same(SavedField("label smoothing") { $0.labelSmoothing })),
    TrainingSetting(
      "classWeights", changesWeights: true,
      ranks: .same("class weights") { $0.classWeights.map { "\($0)" } ?? "none" },
      resumed: .same(
        SavedField("class weights", .isCalled("none"), remedy: .same) { $0.classWeights })),
    TrainingSetting(
      "sampling", changesWeights: true,
      ranks: .same("sampling") { $0.sampling.rawValue },
      resumed: .same(SavedField.choice("sampling", .means(.each)) { $0.sampling })),
    TrainingSetting(
      "clipNorm", changesWeights: true,
      ranks: .same("gradient clipping") { $0.clipNorm.map { "to \($0)" } ?? "off" },
      resumed: .same(
        SavedField(
          "gradient clipping", .isCalled("off"), remedy: .same, text: { value, _ in "to \(value)" },
          { $0.clipNorm }))),
    TrainingSetting(
      "accumulatedBatches", changesWeights: true,
      ranks: .same("mini-batches per update") { "\($0.accumulatedBatches)" },
      resumed: .same(SavedField("mini-batches per update:") { $0.accumulatedBatches })),
    TrainingSetting(
      "shuffle", changesWeights: true,
      ranks: .same("shuffling") { $0.shuffle ? "on" : "off" },
      resumed: .same(
        SavedField(
          "shuffling", remedy: .same, text: { value, _ in value ? "on" : "off" }, { $0.shuffle }))
    ),
    TrainingSetting(
      "augmentation", changesWeights: true,
      ranks: .same("augmentation") { $0.augmentation.map { $0.facts } ?? "none" },
      resumed: .same(
        SavedField("the augmentation", .isCalled("none"), remedy: .same) { $0.augmentation })),
    TrainingSetting(
      "emaDecay", changesWeights: true,
      ranks: .same("the decay of averaged weights") { $0.emaDecay.map { "\($0)" } ?? "none" },
      resumed: .same(
        SavedField("a decay of averaged weights of", .isCalled("none")) {
          $0.emaDecay
        })),
    TrainingSetting(
      "averageLast", changesWeights: false,
      ranks: .same("averaged epochs") { $0.averageLast.map { "\($0)" } ?? "none" }),
    TrainingSetting(
      "emulatesComputing", changesWeights: true,
      ranks: .same("computing") { $0.emulatesComputing ? "emulated" : "real" }),
    TrainingSetting(
      "toleratesNonFinite", changesWeights: false,
      ranks: .same("a loss that is not finite") {
        $0.toleratesNonFinite ? "is told" : "ends the run"
      }),
  ]

  /// In which parts.
  private static let division = [
    TrainingSetting(
      "shards", changesWeights: true,
      ranks: .same("shards") { $0.shards.map { "\($0)" } ?? "one per worker" },
      resumed: .same(SavedField("the number of shards") { $0.shards })),
    TrainingSetting(
      "mesh", changesWeights: true,
      ranks: .same("mesh") { $0.mesh.map { "\($0)" } ?? "a data part for each worker" },
      resumed: .same(SavedField("the mesh", .isCalled("none")) { $0.mesh })),
    TrainingSetting(
      "parallelism", changesWeights: true,
      ranks: .same("parallelism") { $0.parallelism.rawValue },
      // Without a mesh each worker computes the whole network.
      resumed: .same(
        SavedField.choice("the parallelism", .isCalled(Parallelism.data.rawValue)) {
          $0.mesh == nil ? nil : $0.parallelism
        })),
    TrainingSetting(
      "pieces", changesWeights: true,
      ranks: .same("pieces of a mini-batch") { "\($0.pieces)" },
      resumed: .same(SavedField("pieces of a mini-batch:", .means(1)) { $0.pieces })),
    TrainingSetting(
      "microBatchSize", changesWeights: true,
      ranks: .same("micro-batch size") { $0.microBatchSize.map { "\($0)" } ?? "by memory" },
      resumed: .same(
        SavedField("images computed at once:", .isCalled("all of a shard")) { $0.microBatchSize })),
    TrainingSetting(
      "leastFactoredElements", changesWeights: true,
      ranks: .same("elements of factored weights") { "\($0.leastFactoredElements)" }),
  ]

  /// How long, with what in between.
  private static let duration = [
    TrainingSetting(
      "stepLimit", changesWeights: false,
      ranks: .same("step limit") { $0.stepLimit.map { "\($0)" } ?? "none" }),
    TrainingSetting(
      "earlyStopping", changesWeights: false,
      ranks: .same("early stopping") { $0.earlyStopping.map { "\($0)" } ?? "off" }),
    TrainingSetting(
      "evaluatesEachEpoch", changesWeights: false,
      ranks: .same("evaluation") { $0.evaluatesEachEpoch ? "after each epoch" : "off" }),
    TrainingSetting(
      "layerStatistics", changesWeights: false,
      ranks: .same("layer statistics") { $0.layerStatistics ? "after each epoch" : "off" }),
    TrainingSetting(
      "keepsGradients", changesWeights: false,
      ranks: .same("gradients to look at") { $0.keepsGradients ? "kept each epoch" : "none" }),
    TrainingSetting(
      "evaluationChunkSize", changesWeights: false,
      ranks: .same("images evaluated at a time") { "\($0.evaluationChunkSize)" }),
    TrainingSetting(
      "outputFolder", changesWeights: false,
      ranks: .same("output") { $0.outputFolder == nil ? "off" : "on" }),
    TrainingSetting(
      "checkpointEverySteps", changesWeights: false,
      ranks: .same("steps between checkpoints") {
        $0.checkpointEverySteps.map { "\($0)" } ?? "none"
      }),
    TrainingSetting(
      "keepBest", changesWeights: false,
      ranks: .same("the best epoch's metric") { $0.keepBest.map { "\($0)" } ?? "none" }),
    TrainingSetting(
      "keptCheckpoints", changesWeights: false,
      ranks: .same("kept checkpoints") { "\($0.keptCheckpoints)" }),
  ]

  /// How gradients travel.
  private static let exchange = [
    TrainingSetting(
      "bucketBytes", changesWeights: false,
      ranks: .same("bucket bytes") { "\($0.bucketBytes)" }),
    TrainingSetting(
      "firstBucketBytes", changesWeights: false,
      ranks: .same("first bucket bytes") { "\($0.firstBucketBytes)" }),
    TrainingSetting(
      "wire", changesWeights: true,
      ranks: .same("numbers between ranks") { $0.wire.rawValue },
      resumed: .same(SavedField.choice("numbers between ranks in", .means(.float32)) { $0.wire })),
    TrainingSetting(
      "overlapsExchange", changesWeights: false,
      ranks: .same("overlap of exchange and backward") { $0.overlapsExchange ? "on" : "off" }),
    TrainingSetting(
      "sharesMemory", changesWeights: false,
      ranks: .same("shared memory") { $0.sharesMemory ? "on" : "off" }),
  ]

  /// In which ranks may differ.
  private static let ownOfARank = [
    "workers", "pinsWorkers", "loaderThreads", "timelineDetail", "overwritesOutput",
    "stopsOnSignals",
  ].map { TrainingSetting($0, changesWeights: false, ranks: .mayDiffer) }
}

extension TrainingOptions {
  /// All that decides the weights or what ranks do together.
  package var facts: [RankFact] { TrainingSettings.all.compactMap { $0.fact(self) } }
}

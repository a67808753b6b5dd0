/// The one place that knows which option of the tool is which setting of the libraries.
///
/// The libraries name settings in backquotes, as users of the Swift library know them: "`batchSize`
/// 0 makes no sense". The tool's users read `--batch-size` there. A setting that a message names
/// has a line here; so has each property of `TrainingOptions`. Tests compare.
enum OptionNames {
  /// By what stands between backquotes: the words of the tool.
  static let words: [String: String] = [
    // TrainingOptions, in the order of its fields.
    "epochs": "--epochs",
    "batchSize": "--batch-size",
    "optimizer": "--opt and its options",
    "learningRate": "--lr",
    "schedule": "--lr-scheduler and its options",
    "freeze": "--freeze",
    "unfreezeFrom": "--unfreeze-from",
    "learningRateScales": "--lr-scale",
    "headLearningRate": "--head-lr",
    "normWeightDecay": "--norm-weight-decay",
    "loss": "--loss",
    "ownLoss": "loss",
    "labelSmoothing": "--label-smoothing",
    "classWeights": "--class-weights",
    "sampling": "--sample",
    "precision": "--precision",
    "seed": "--seed",
    "shuffle": "--shuffle",
    "augmentation": "--augment and its options",
    "colourNoise": "--color-noise (give 0 where a preset has it)",
    "randomResizedCrop": "--random-resized-crop",
    "workers": "--workers",
    "shards": "--shards",
    "mesh": "--mesh",
    "parallelism": "--parallelism",
    "pieces": "--pieces",
    "microBatchSize": "--micro-batch-size",
    "pinsWorkers": "the pinning of workers",
    "loaderThreads": "the number of loader threads",
    "accumulatedBatches": "--grad-accum-steps",
    "clipNorm": "--clip-grad",
    "timelineDetail": "the timeline",
    "stepLimit": "--steps",
    "evaluatesEachEpoch": "the evaluation after each epoch",
    "layerStatistics": "--layer-statistics",
    "keepsGradients": "--tensorboard",
    "evaluationChunkSize": "the number of images evaluated at a time",
    "outputFolder": "--output",
    "overwritesOutput": "--overwrite",
    "emaDecay": "--ema",
    "averageLast": "--average-last",
    "keepBest": "--keep-best",
    "earlyStopping": "--early-stopping",
    "keptCheckpoints": "--keep",
    "checkpointEverySteps": "--checkpoint-every-steps",
    "stopsOnSignals": "the stop on signals",
    "bucketBytes": "--bucket-mb",
    "firstBucketBytes": "--bucket-mb",
    "overlapsExchange": "--no-overlap",
    "sharesMemory": "--no-shared-memory",
    "wire": "--wire",
    "leastFactoredElements": "the elements of factored weights",
    "emulatesComputing": "--emulate-compute",
    "toleratesNonFinite": "what 'tandem lr-find' does with a loss that is not finite",

    // Values of these, where an option stands for one.
    "sharesMemory = false": "--no-shared-memory",

    // Numbers of optimizers and schedules.
    "AnyOptimizer(named:)": "--opt",
    "momentum": "--momentum",
    "nesterov": "--nesterov",
    "weightDecay": "--weight-decay",
    "epsilon": "--opt-eps",
    "beta1": "--beta1",
    "beta2": "--beta2",
    "alpha": "--alpha",
    "centered": "--centered",
    "rho": "--rho",
    "learningRateDecay": "--lr-decay",
    "trustCoefficient": "--trust-coefficient",
    "stepSize": "--lr-step-size",
    "milestones": "--lr-milestones",
    "gamma": "--lr-gamma",
    "minimum": "--lr-min",
    "power": "--lr-power",
    "monitor": "--lr-monitor",
    "patience": "--lr-patience",
    "threshold": "--lr-threshold",
    "thresholdMode": "--lr-threshold-mode",
    "cooldown": "--lr-cooldown",
    "risingShare": "--lr-pct-start",
    "startDivisor": "--lr-div-factor",
    "endDivisor": "--lr-final-div-factor",
    "annealing": "--lr-anneal",
    "threePhases": "--lr-three-phase",

    // The network and its data.
    "network": "--model, --width, --data, --dropout and --sync-bn",
    "acrossShards": "--sync-bn",
    "width": "--width",
    "layer": "--layer",
    "Zoo.models": "'tandem models'",
    "data": "--data",
    "limited(train:)": "--limit-train",
    "limited(test:)": "--limit-test",
    "normalization": "--normalize",
    "validationShare": "--val-split",
    "skipsBroken": "--skip-broken",
    "verifies": "--verify-data",
    "resize": "--resize",
    "crop": "--crop",
    "cache": "--cache",
    "imageShape": "--input-size",
    "tenCrop": "--ten-crop",
    "mirror": "--tta mirror",
    "withPreprocessing": "--with-preprocessing",

    // What trainers and jobs are asked for.
    "resume(from:)": "--resume",
    "strict: false": "--weights-strict off",
    "stallTimeoutSeconds": "--stall-timeout",
    "startTimeoutSeconds": "--start-timeout",
  ]

  /// A message of the libraries in the tool's words.
  static func worded(_ message: String) -> String {
    var rest = message[...]
    var text = ""
    while let start = rest.firstIndex(of: "`") {
      text += rest[..<start]
      let inside = rest[rest.index(after: start)...]
      if let end = inside.firstIndex(of: "`"), let option = words[String(inside[..<end])] {
        text += option
        rest = inside[inside.index(after: end)...]
      } else {
        // One of a path or a file, which stays.
        text += "`"
        rest = inside
      }
    }
    return text + rest
  }

  /// What to do where the system refuses memory for something small.
  static let adviceWithoutMemory =
    "use less data, a smaller `batchSize`, or fewer `workers` and `shards`"
}

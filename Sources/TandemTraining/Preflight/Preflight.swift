import CKernels
import Foundation
import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor

/// What all ranks of a job compare before the first step, because a difference would spoil the result or
/// let ranks wait for each other for ever.
enum Preflight {
  /// The facts of this rank, the most telling first. Reads all images.
  /// - Throws: what a data set throws.
  static func facts(
    network: Network, data: DatasetPair, normalization: Normalization, options: TrainingOptions
  ) throws -> [RankFact] {
    try program + [
      RankFact("network", "\(network.name) with the digest \(digest(of: network))"),
      RankFact("training data", describe(data.train), .sameData),
      RankFact("test data", describe(data.test), .sameData),
      RankFact(
        "normalization",
        "with means \(normalization.mean), standard deviations \(normalization.standardDeviation)"),
    ] + options.facts
  }

  /// What runs, and on what.
  private static var program: [RankFact] {
    [
      RankFact("Tandem", tandemVersion, .sameProgram),
      RankFact("oneDNN", OneDNN.version, .sameLibraries),
      RankFact("MPI library", MPILibrary.version, .sameLibraries),
      RankFact("oneDNN's instruction set", OneDNN.instructionSet, .sameMachines),
      RankFact(
        "the kernels' instruction set", String(cString: tandem_kernels_instruction_set()),
        .sameMachines),
    ]
  }

  private static func digest(of network: Network) throws -> String {
    var digest = ContentDigest()
    digest.add(try Metadata.encode(network))
    return digest.text
  }

  /// Without names: each host may have a folder of its own with the same images.
  private static func describe(_ dataset: any Dataset) throws -> String {
    let fingerprint = try dataset.fingerprint()
    return
      "\(fingerprint.images) images \(fingerprint.imageShape) of \(fingerprint.classes) classes "
      + "with the digest \(fingerprint.contentsText)"
  }

  /// The facts of the parameters' present values.
  static func facts(
    _ name: String, _ parameters: MemoryArena, _ layout: ParameterLayout
  ) -> [RankFact] {
    var digest = ContentDigest()
    for entry in layout.entries {
      digest.add(
        UnsafeRawBufferPointer(
          UnsafeBufferPointer(
            start: parameters.floats(at: entry.offset), count: entry.elementCount)))
    }
    return [RankFact(name, "with the digest \(digest.text)", .soundHardware)]
  }
}

extension TrainingOptions {
  /// All that decides the weights or what ranks do together. Not among it are workers, threads and the
  /// folder's name, in which ranks may differ.
  package var facts: [RankFact] {
    [
      RankFact("batch size", "\(batchSize)"),
      RankFact("epochs", "\(epochs)"),
      RankFact("seed", "\(seed)"),
      RankFact("precision", precision.rawValue),
      RankFact("optimizer", "\(optimizer.base)"),
      RankFact("learning rate", "\(learningRate)"),
      RankFact(
        "learning rate schedule",
        "\(schedule.shape), \(schedule.warmUpSteps) warm-up steps from \(schedule.warmUpStart)"),
      RankFact("shards", shards.map { "\($0)" } ?? "one per worker"),
      RankFact("mesh", mesh.map { "\($0)" } ?? "a data part for each worker"),
      RankFact("parallelism", parallelism.rawValue),
      RankFact("pieces of a mini-batch", "\(pieces)"),
      RankFact("micro-batch size", microBatchSize.map { "\($0)" } ?? "by memory"),
      RankFact("elements of factored weights", "\(leastFactoredElements)"),
      RankFact("mini-batches per update", "\(accumulatedBatches)"),
      RankFact("gradient clipping", clipNorm.map { "to \($0)" } ?? "off"),
      RankFact("loss", ownLoss.map { "\($0)" } ?? loss?.rawValue ?? "the network's own"),
      RankFact("label smoothing", "\(labelSmoothing)"),
      RankFact("shuffling", shuffle ? "on" : "off"),
      RankFact("step limit", stepLimit.map { "\($0)" } ?? "none"),
      RankFact("evaluation", evaluatesEachEpoch ? "after each epoch" : "off"),
      RankFact("images evaluated at a time", "\(evaluationChunkSize)"),
      RankFact("output", outputFolder == nil ? "off" : "on"),
      RankFact("steps between checkpoints", checkpointEverySteps.map { "\($0)" } ?? "none"),
      RankFact("bucket bytes", "\(bucketBytes)"),
      RankFact("first bucket bytes", "\(firstBucketBytes)"),
      RankFact("numbers between ranks", wire.rawValue),
      RankFact("overlap of exchange and backward", overlapsExchange ? "on" : "off"),
      RankFact("shared memory", sharesMemory ? "on" : "off"),
      RankFact("computing", emulatesComputing ? "emulated" : "real"),
    ]
  }
}

import CKernels
import Foundation
import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor

/// What all ranks of a job compare before the first step, because a difference would spoil the
/// result or let ranks wait for each other for ever.
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
        "with \(normalization.text)"),
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
      + (fingerprint.verifiedText.map { ", whose files have the digest \($0)" } ?? "")
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

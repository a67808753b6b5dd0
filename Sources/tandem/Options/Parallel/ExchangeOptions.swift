import ArgumentParser
import Tandem

/// How gradients travel between the ranks of an `mpirun` job.
struct ExchangeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Megabytes of gradients exchanged in one go, 2^20 bytes each; the first bucket of a step has "
        + "at most one. (default: 25)", valueName: "mb"),
    transform: megabytes)
  var bucketMb: Int?

  @Flag(help: "Begin the exchange after backward, to measure what overlapping the two gives.")
  var noOverlap = false

  @Flag(
    help: ArgumentHelp(
      "Send gradients also where all ranks are on one host and could have small networks' in common."
    )
  )
  var noSharedMemory = false

  @OptionGroup
  var wire: WireOptions

  func apply(to options: inout TrainingOptions) {
    if let bucketMb {
      options.bucketBytes = bucketMb
      options.firstBucketBytes = min(options.firstBucketBytes, bucketMb)
    }
    options.overlapsExchange = !noOverlap
    options.wire = wire.wire
    options.sharesMemory = !noSharedMemory
  }
}

/// A number of megabytes, as bytes: enough for a single float, and a count that C has a type for.
private let megabytes: @Sendable (String) throws -> Int = { text in
  let bytes = (Double(text) ?? .nan) * 1_048_576
  guard bytes >= 4, bytes <= Double(Int32.max) else {
    throw ValidationError("give a number of megabytes greater than 0 and less than 2048")
  }
  return Int(bytes)
}

import ArgumentParser
import Tandem
import TandemExecution

/// What numbers a network computes with.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Numbers to compute with: fp32, or bf16, in which convolutions and dense layers read bfloat16 "
        + "and sum up in float32; weights, statistics and loss stay float32. (default: fp32)",
      valueName: "fp32|bf16"))
  var precision = Precision.float32
}

extension Precision: ExpressibleByArgument {}

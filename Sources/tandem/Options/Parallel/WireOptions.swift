import ArgumentParser
import TandemCollectives

/// The numbers in which gradients and parameters travel between ranks.
struct WireOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Numbers that travel between ranks: fp32, or bf16, which are half the bytes; sums are in float32. "
        + "bf16 rounds what could travel for one rank too, so that the weights are the same. "
        + "(default: fp32)",
      valueName: "fp32|bf16"))
  var wire = WireFormat.float32
}

extension WireFormat: ExpressibleByArgument {}

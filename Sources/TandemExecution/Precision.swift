/// The numbers that a network computes with.
public enum Precision: String, CaseIterable, Codable, Sendable {
  /// Float32 everywhere.
  case float32 = "fp32"
  /// Convolutions and dense layers read bfloat16 weights, activations and gradients of activations,
  /// and sum up in float32; so do the layers between them that are limited by memory. The
  /// parameters themselves, their gradients, statistics of batch normalization, the outputs of the
  /// network and the loss are float32, as in Kalamkar et al. 2019,
  /// https://arxiv.org/abs/1905.12322.
  case bfloat16 = "bf16"

  /// - Throws: `ExecutionError` if this machine cannot compute with these numbers.
  public func check() throws {
    guard self == .bfloat16 else { return }
    guard OneDNN.computesBFloat16 else {
      throw ExecutionError.precision(
        self,
        reason: "oneDNN computes with bfloat16 on processors with AVX-512, and this one has "
          + "\(OneDNN.instructionSet)")
    }
  }
}

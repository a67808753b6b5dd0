import CKernels
import TandemCollectives
import TandemExecution
import TandemTensor

/// The factors of a weight gradient in bfloat16, laid out as those in float32: what travels between
/// ranks.
///
/// Safe to share because of who may touch what, and when: see `FactorTransfer`.
struct PackedFactors: @unchecked Sendable {
  private let weight: FactoredWeight
  private let memory: (input: MemoryArena, outputGradient: MemoryArena)
  /// The input factor of the first image.
  let input: UnsafeMutablePointer<BFloat16Bits>
  let outputGradient: UnsafeMutablePointer<BFloat16Bits>

  /// - Throws: `MemoryError.outOfMemory`.
  init(_ weight: FactoredWeight, images: Int) throws {
    func arena(_ stride: Int, _ what: String) throws -> MemoryArena {
      try MemoryArena(
        byteCount: images * stride * MemoryLayout<BFloat16Bits>.size,
        purpose: "\(what) of \(weight.entry.name) to send")
    }
    self.weight = weight
    memory = (
      try arena(weight.inputStride, "inputs"), try arena(weight.outputStride, "output gradients")
    )
    input = memory.input.bfloat16Bits()
    outputGradient = memory.outputGradient.bfloat16Bits()
  }

  func pack(_ factors: FactorRows, image: Int) {
    tandem_bfloat16_from_floats(
      input + image * weight.inputStride, factors.input, weight.inputs)
    tandem_bfloat16_from_floats(
      outputGradient + image * weight.outputStride, factors.outputGradient, weight.outputs)
  }

  func unpack(to factors: FactorRows, image: Int) {
    tandem_floats_from_bfloat16(
      factors.input, input + image * weight.inputStride, weight.inputs)
    tandem_floats_from_bfloat16(
      factors.outputGradient, outputGradient + image * weight.outputStride, weight.outputs)
  }
}

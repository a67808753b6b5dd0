import Dispatch
import TandemNetwork
import TandemTensor

/// How long one instruction of a replica takes.
public struct InstructionTiming: Hashable, Codable, Sendable {
  /// Layer path and activity: `conv1 forward`.
  public let label: String
  /// oneDNN's implementation, as in `jit:avx512_core`; `tandem` for our own kernels.
  public let implementation: String
  /// Mean over the repetitions.
  public let seconds: Double
}

extension Replica {
  /// Times every instruction of forward and backward, on images of zeros and with memory of its own
  /// for the gradients: nothing that an earlier call was given is touched.
  /// - Parameter repetitions: how often the whole program runs.
  /// - Throws: `MemoryError.outOfMemory`, `ExecutionError`.
  public func profile(repetitions: Int) throws -> [InstructionTiming] {
    let images = try MemoryArena(
      byteCount: plan.images * plan.graph.inputShape.elementCount * MemoryLayout<Float>.size,
      purpose: "images of a profile")
    let gradients = try MemoryArena(
      byteCount: plan.graph.parameterLayout.elementCount * MemoryLayout<Float>.size,
      purpose: "gradients of a profile")
    return try withExtendedLifetime((images, gradients)) {
      try program.bindImages(images.floats())
      try program.bindGradients(gradients.floats())
      program.dropout = DropoutContext(seed: 0, epoch: 0, firstPosition: 0)
      return try timeInstructions(repetitions: repetitions)
    }
  }

  private func timeInstructions(repetitions: Int) throws -> [InstructionTiming] {
    let instructions = plan.prepare + plan.forward + plan.backward
    let bound = program.prepare + program.forward + program.backward
    var nanoseconds = Array(repeating: UInt64(0), count: bound.count)
    for _ in 0..<repetitions {
      for index in bound.indices {
        let start = DispatchTime.now().uptimeNanoseconds
        try bound[index].run(program)
        nanoseconds[index] += DispatchTime.now().uptimeNanoseconds - start
      }
    }
    return zip(instructions, nanoseconds).map { instruction, total in
      InstructionTiming(
        label: instruction.label, implementation: instruction.implementation,
        seconds: Double(total) / Double(max(1, repetitions)) * 1e-9)
    }
  }
}

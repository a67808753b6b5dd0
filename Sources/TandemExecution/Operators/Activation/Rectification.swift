import CKernels

extension PlanBuilder {
  /// Writes the instruction of a ReLU, a kernel of our own: oneDNN's makes zeros of what is not a
  /// number, alone and fused into a convolution or a dense layer, and so hides a diverged training.
  /// - Parameter destination: nil for in place.
  mutating func emitRectification(
    of input: Operand, to destination: Operand? = nil, label: String
  ) {
    let output = destination ?? input
    let count = input.descriptor.storedElements
    let isBFloat16 = input.descriptor.elementType == .bfloat16
    emit(
      label: label, in: .forward, reads: [input.buffer], writes: [output.buffer]
    ) { context in
      tandem_rectify(context.elements(output), context.elements(input), count, isBFloat16)
    }
  }
}

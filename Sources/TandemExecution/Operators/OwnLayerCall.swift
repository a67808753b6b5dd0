import TandemNetwork
import TandemTensor

/// The operands of a layer of the program's own, which become plain memory in each pass.
struct OwnLayerCall: Sendable {
  let images: Int
  let inputShapes: [Shape]
  let outputShape: Shape
  let inputs: [Operand]
  /// The parameters by their names within the layer.
  let parameters: [(name: String, operand: Operand)]
  let output: Operand
  let isTraining: Bool

  func forward(_ context: borrowing KernelContext) -> ForwardCall {
    var sources: [UnsafeBufferPointer<Float>] = []
    for (input, shape) in zip(inputs, inputShapes) {
      sources.append(
        UnsafeBufferPointer(start: context.floats(input), count: images * shape.elementCount))
    }
    return ForwardCall(
      images: images, inputShapes: inputShapes, outputShape: outputShape, inputs: sources,
      parameters: values(context),
      output: UnsafeMutableBufferPointer(
        start: context.floats(output), count: images * outputShape.elementCount),
      isTraining: isTraining)
  }

  func backward(
    _ context: borrowing KernelContext, outputGradient: Operand, inputGradients: [Operand],
    parameterGradients: [(String, Operand)]
  ) -> BackwardCall {
    var inputs: [UnsafeMutableBufferPointer<Float>] = []
    for (gradient, shape) in zip(inputGradients, inputShapes) {
      inputs.append(
        UnsafeMutableBufferPointer(
          start: context.floats(gradient), count: images * shape.elementCount))
    }
    var parameters: [String: UnsafeMutableBufferPointer<Float>] = [:]
    for (name, gradient) in parameterGradients {
      parameters[name] = UnsafeMutableBufferPointer(
        start: context.floats(gradient), count: gradient.descriptor.storedElements)
    }
    return BackwardCall(
      forward(context), parameters: values(context),
      outputGradient: UnsafeBufferPointer(
        start: context.floats(outputGradient), count: images * outputShape.elementCount),
      inputGradients: inputs, parameterGradients: parameters)
  }

  private func values(
    _ context: borrowing KernelContext
  ) -> [String: UnsafeBufferPointer<Float>] {
    var values: [String: UnsafeBufferPointer<Float>] = [:]
    for (name, operand) in parameters {
      values[name] = UnsafeBufferPointer(
        start: context.floats(operand), count: operand.descriptor.storedElements)
    }
    return values
  }
}

import TandemTensor

/// What one backward pass of an `OwnLayer` reads and writes. Its memory is valid during the call
/// only.
public struct BackwardCall {
  /// N: images of this call.
  public let images: Int
  /// Shapes of one image's inputs, `[C, H, W]` or `[F]`.
  public let inputShapes: [Shape]
  /// Shape of one image's output.
  public let outputShape: Shape
  /// The inputs that forward read, each `[N] + inputShapes[i]`.
  public let inputs: [UnsafeBufferPointer<Float>]
  /// The output that forward wrote, `[N] + outputShape`.
  public let output: UnsafeBufferPointer<Float>
  /// The gradient of the loss with respect to the output, `[N] + outputShape`.
  public let outputGradient: UnsafeBufferPointer<Float>
  /// The gradients with respect to the inputs, each `[N] + inputShapes[i]`: to be written, every
  /// value.
  public let inputGradients: [UnsafeMutableBufferPointer<Float>]
  private let parameters: [String: UnsafeBufferPointer<Float>]
  private let parameterGradients: [String: UnsafeMutableBufferPointer<Float>]

  package init(
    _ forward: ForwardCall, parameters: [String: UnsafeBufferPointer<Float>],
    outputGradient: UnsafeBufferPointer<Float>,
    inputGradients: [UnsafeMutableBufferPointer<Float>],
    parameterGradients: [String: UnsafeMutableBufferPointer<Float>]
  ) {
    images = forward.images
    inputShapes = forward.inputShapes
    outputShape = forward.outputShape
    inputs = forward.inputs
    output = UnsafeBufferPointer(forward.output)
    self.parameters = parameters
    self.outputGradient = outputGradient
    self.inputGradients = inputGradients
    self.parameterGradients = parameterGradients
  }

  /// The values of a parameter, in plain order.
  /// - Parameter name: one that the layer's `parameters(for:)` has.
  public func parameter(_ name: String) -> UnsafeBufferPointer<Float> {
    guard let values = parameters[name] else {
      preconditionFailure("the layer declares no parameter \(name)")
    }
    return values
  }

  /// The gradient with respect to a parameter, summed over the images: to be written, every value.
  /// - Parameter name: one that the layer's `parameters(for:)` has.
  public func parameterGradient(_ name: String) -> UnsafeMutableBufferPointer<Float> {
    guard let values = parameterGradients[name] else {
      preconditionFailure("the layer declares no parameter \(name)")
    }
    return values
  }
}

import TandemTensor

/// What one forward pass of an `OwnLayer` reads and writes. Its memory is valid during the call
/// only.
public struct ForwardCall {
  /// N: images of this call.
  public let images: Int
  /// Shapes of one image's inputs, `[C, H, W]` or `[F]`.
  public let inputShapes: [Shape]
  /// Shape of one image's output.
  public let outputShape: Shape
  /// The inputs, each `[N] + inputShapes[i]`, image after image.
  public let inputs: [UnsafeBufferPointer<Float>]
  /// The output, `[N] + outputShape`: to be written, every value of it.
  public let output: UnsafeMutableBufferPointer<Float>
  /// Whether a training step asks; otherwise it is an evaluation or a prediction.
  public let isTraining: Bool
  private let parameters: [String: UnsafeBufferPointer<Float>]

  package init(
    images: Int, inputShapes: [Shape], outputShape: Shape, inputs: [UnsafeBufferPointer<Float>],
    parameters: [String: UnsafeBufferPointer<Float>], output: UnsafeMutableBufferPointer<Float>,
    isTraining: Bool
  ) {
    self.images = images
    self.inputShapes = inputShapes
    self.outputShape = outputShape
    self.inputs = inputs
    self.parameters = parameters
    self.output = output
    self.isTraining = isTraining
  }

  /// The values of a parameter, in plain order.
  /// - Parameter name: one that the layer's `parameters(for:)` has.
  public func parameter(_ name: String) -> UnsafeBufferPointer<Float> {
    guard let values = parameters[name] else {
      preconditionFailure("the layer declares no parameter \(name)")
    }
    return values
  }
}

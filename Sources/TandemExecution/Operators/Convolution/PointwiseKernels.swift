import CKernels
import TandemNetwork
import TandemTensor

/// A convolution of 1×1 as products at each pixel, maps in float32. Weights are copied into the
/// orders that forward and backward to the input read whenever they have changed.
struct PointwiseKernels: ConvolutionKernels {
  private let form: tandem_pointwise_layer

  init(images: Int, input: Shape, output: Shape, stride: Int) {
    form = tandem_pointwise_layer(images: images, input: input, output: output, stride: stride)
  }

  var block: Int { tandem_pointwise_block }

  func weights(
    for pass: ConvolutionPass, _ site: OperatorSite, _ builder: inout PlanBuilder
  ) throws -> Operand {
    let plain = try site.plainParameter("weight", &builder)
    let (channels, outputs) = (form.channels, form.output_channels)
    let packed = try MemoryDescriptor.plain([tandem_pointwise_weights(channels, outputs)])
    precondition(pass != .backwardParameters, "the gradient of the weights reads none")
    let isForward = pass == .forward
    return builder.derivedParameter(
      "\(site.name).weight packed for \(isForward ? "forward" : "backward")", from: plain,
      as: packed
    ) { weights, packed in
      if isForward {
        tandem_pointwise_pack_forward(weights, packed, channels, outputs)
      } else {
        tandem_pointwise_pack_backward(weights, packed, channels, outputs)
      }
    }
  }

  func scratchFloats(for pass: ConvolutionPass) -> Int {
    switch pass {
    case .forward: tandem_pointwise_forward_scratch(form)
    case .backwardInput: tandem_pointwise_backward_scratch(form)
    case .backwardParameters: tandem_pointwise_gradient_scratch(form)
    }
  }

  func forward(
    _ source: UnsafeRawPointer, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    rectifies: Bool, into destination: UnsafeMutableRawPointer,
    scratch: UnsafeMutablePointer<Float>
  ) {
    tandem_pointwise_forward(
      Self.floats(source), weights, bias, rectifies, Self.floats(destination), scratch, form)
  }

  func backwardInput(
    _ outputGradient: UnsafeRawPointer, weights: UnsafePointer<Float>,
    into inputGradient: UnsafeMutableRawPointer, scratch: UnsafeMutablePointer<Float>
  ) {
    tandem_pointwise_backward_input(
      Self.floats(outputGradient), weights, Self.floats(inputGradient), scratch, form)
  }

  func backwardParameters(
    _ source: UnsafeRawPointer, outputGradient: UnsafeRawPointer,
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) {
    tandem_pointwise_backward_parameters(
      Self.floats(source), Self.floats(outputGradient), weights, bias, scratch, form)
  }

  private static func floats(_ elements: UnsafeRawPointer) -> UnsafePointer<Float> {
    elements.assumingMemoryBound(to: Float.self)
  }

  private static func floats(_ elements: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Float> {
    elements.assumingMemoryBound(to: Float.self)
  }
}

extension tandem_pointwise_layer {
  /// - Parameters:
  ///   - input: `[C, H, W]`.
  ///   - output: likewise.
  init(images: Int, input: Shape, output: Shape, stride: Int) {
    self.init(
      images: images, channels: input[0], rows: input[1], columns: input[2],
      output_channels: output[0], output_rows: output[1], output_columns: output[2],
      stride: stride)
  }
}

import CKernels
import TandemTensor

/// The gradient of the weights of a 1×1 convolution from maps in bfloat16; the other passes are
/// oneDNN's.
struct PointwiseGradientKernels: ParameterGradientKernels {
  private let form: tandem_pointwise_layer

  init(images: Int, input: Shape, output: Shape, stride: Int) {
    form = tandem_pointwise_layer(images: images, input: input, output: output, stride: stride)
  }

  var block: Int { tandem_pointwise_block }

  var gradientScratchFloats: Int { tandem_pointwise_bfloat16_gradient_scratch(form) }

  func backwardParameters(
    _ source: UnsafeRawPointer, outputGradient: UnsafeRawPointer,
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) {
    tandem_pointwise_bfloat16_backward_parameters(
      source.assumingMemoryBound(to: tandem_bfloat16.self),
      outputGradient.assumingMemoryBound(to: tandem_bfloat16.self), weights, bias, scratch, form)
  }
}

import CKernels
import TandemNetwork
import TandemTensor

/// A convolution of stride 1 by Winograd's way, see `Winograd/winograd.h`: maps in float32 or
/// bfloat16. The weights are read in plain order and float32, from where they are.
struct WinogradKernels: ConvolutionKernels {
  private let vectors: tandem_winograd_set
  private let form: tandem_winograd_layer

  init(
    _ vectors: tandem_winograd_set, _ layer: Conv2D, images: Int, input: Shape, output: Shape
  ) {
    let padding = layer.padding.resolved(
      input: Size2D(maps: input), kernel: layer.kernel, stride: layer.stride)
    self.vectors = vectors
    form = tandem_winograd_layer(
      images: images, groups: layer.groups, channels: input[0], rows: input[1], columns: input[2],
      output_channels: output[0], output_rows: output[1], output_columns: output[2],
      kernel: layer.kernel.height, top: padding.top, left: padding.left)
  }

  var block: Int { tandem_winograd_block(vectors) }

  func scratchFloats(for pass: ConvolutionPass) -> Int {
    switch pass {
    case .forward: tandem_winograd_forward_scratch(vectors, form)
    case .backwardInput: tandem_winograd_backward_scratch(vectors, form)
    case .backwardParameters: tandem_winograd_gradient_scratch(vectors, form)
    }
  }

  func forward(
    _ source: UnsafeRawPointer, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    rectifies: Bool, into destination: UnsafeMutableRawPointer,
    scratch: UnsafeMutablePointer<Float>
  ) {
    tandem_winograd_forward(
      vectors, source, weights, bias, rectifies, destination, scratch, form)
  }

  func backwardInput(
    _ outputGradient: UnsafeRawPointer, weights: UnsafePointer<Float>,
    into inputGradient: UnsafeMutableRawPointer, scratch: UnsafeMutablePointer<Float>
  ) {
    tandem_winograd_backward_input(
      vectors, outputGradient, weights, inputGradient, scratch, form)
  }

  func backwardParameters(
    _ source: UnsafeRawPointer, outputGradient: UnsafeRawPointer,
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) {
    tandem_winograd_backward_parameters(
      vectors, source, outputGradient, weights, bias, scratch, form)
  }
}

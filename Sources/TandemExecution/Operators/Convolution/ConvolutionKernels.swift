import CKernels
import TandemNetwork
import TandemTensor

/// The three passes of one convolution for so many images, by kernels of ours. Maps of the output
/// are in blocks of channels; gradients of parameters come in plain order and float32.
protocol ConvolutionKernels: ParameterGradientKernels {
  /// Floats of scratch memory that a pass needs.
  func scratchFloats(for pass: ConvolutionPass) -> Int

  /// The weights in the order that a pass reads: plain and float32, from where they are, unless the
  /// kernels want another.
  func weights(
    for pass: ConvolutionPass, _ site: OperatorSite, _ builder: inout PlanBuilder
  ) throws -> Operand

  func forward(
    _ source: UnsafeRawPointer, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    rectifies: Bool, into destination: UnsafeMutableRawPointer,
    scratch: UnsafeMutablePointer<Float>)

  func backwardInput(
    _ outputGradient: UnsafeRawPointer, weights: UnsafePointer<Float>,
    into inputGradient: UnsafeMutableRawPointer, scratch: UnsafeMutablePointer<Float>)
}

extension ConvolutionKernels {
  var gradientScratchFloats: Int { scratchFloats(for: .backwardParameters) }

  func weights(
    for pass: ConvolutionPass, _ site: OperatorSite, _ builder: inout PlanBuilder
  ) throws -> Operand {
    try site.plainParameter("weight", &builder)
  }
}

/// The gradient of one convolution's parameters for so many images, by kernels of ours; another may
/// compute the other passes.
protocol ParameterGradientKernels: Sendable {
  /// Channels of a block of maps: 8 or 16.
  var block: Int { get }

  /// Whether maps of the input are in plain order and float32, and not like those of the output:
  /// not unless the kernels say so.
  var inputIsPlain: Bool { get }

  /// Floats of scratch memory that it needs.
  var gradientScratchFloats: Int { get }

  func backwardParameters(
    _ source: UnsafeRawPointer, outputGradient: UnsafeRawPointer,
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>)
}

extension ParameterGradientKernels {
  var inputIsPlain: Bool { false }
}

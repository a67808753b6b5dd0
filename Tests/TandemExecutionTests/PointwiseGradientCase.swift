import CKernels

/// The gradient of a 1×1 convolution's parameters from maps in bfloat16.
struct PointwiseGradientCase {
  /// Its maps are rounded already, so that its sums are those of the same numbers.
  let rounded: PointwiseCase

  struct Results {
    var weights: [Float]
    var bias: [Float]
    /// Whether nothing was written behind the end of any.
    var isIntact: Bool
  }

  init(_ problem: PointwiseCase) {
    rounded = PointwiseCase(
      problem, input: Self.rounded(problem.input), gradient: Self.rounded(problem.gradient))
  }

  func run(hasBias: Bool = true) -> Results {
    let layer = rounded.layer
    let source = Self.bfloat16(rounded.input)
    let gradient = Self.bfloat16(rounded.gradient)
    let weights = GuardedFloats(layer.output_channels * layer.channels)
    let bias = GuardedFloats(layer.output_channels)
    let scratch = GuardedFloats(tandem_pointwise_bfloat16_gradient_scratch(layer))
    tandem_pointwise_bfloat16_backward_parameters(
      Self.elements(source), Self.elements(gradient), weights.base, hasBias ? bias.base : nil,
      scratch.base, layer)
    return Results(
      weights: Array(weights.numbers), bias: Array(bias.numbers),
      isIntact: [source, gradient, weights, bias, scratch].allSatisfy(\.isIntact))
  }

  private static func elements(_ memory: GuardedFloats) -> UnsafeMutablePointer<tandem_bfloat16> {
    UnsafeMutableRawPointer(memory.base).assumingMemoryBound(to: tandem_bfloat16.self)
  }

  /// Maps have whole blocks of 16 numbers, two in the place of a float.
  private static func bfloat16(_ values: [Float]) -> GuardedFloats {
    let memory = GuardedFloats(values.count / 2)
    tandem_bfloat16_from_floats(elements(memory), values, values.count)
    return memory
  }

  private static func rounded(_ values: [Float]) -> [Float] {
    var halves = [tandem_bfloat16](repeating: 0, count: values.count)
    tandem_bfloat16_from_floats(&halves, values, values.count)
    var result = values
    tandem_floats_from_bfloat16(&result, halves, values.count)
    return result
  }
}

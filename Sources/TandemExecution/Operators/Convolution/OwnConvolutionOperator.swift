import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

/// A convolution that kernels of ours compute where a rule says so for the images at hand, by
/// Winograd's way, with a stride by phases, or as products at each pixel, with the bias and a ReLU
/// after it; elsewhere one of oneDNN's, of which kernels of ours may compute the gradient of the
/// parameters (`PointwiseGradientKernels`). Those of few channels without a stride are
/// `LaneConvolutionOperator`'s.
///
/// Maps are in blocks of channels, as oneDNN has them with the same vectors. The input of
/// `PhaseKernels`, a picture, is in plain order and float32, in bfloat16's plans, too.
final class OwnConvolutionOperator: Operator {
  private let layer: Conv2D
  private let site: OperatorSite
  private let direct: ConvolutionOperator
  /// nil where oneDNN computes the convolution.
  private var kernels: (any ConvolutionKernels)?
  /// The same, or those that compute this pass alone.
  private var parameterKernels: (any ParameterGradientKernels)?
  private var source: Operand?
  private var gradient: Operand?

  let backwardReadsOutput = false
  let takesInputComputedAgain = true

  init(_ layer: Conv2D, _ site: OperatorSite) {
    self.layer = layer
    self.site = site
    direct = ConvolutionOperator(layer, site)
  }

  private var inputShape: Shape { site.node.inputShapes[0] }
  private var outputShape: Shape { site.node.outputShape }

  // MARK: Forward

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    kernels = chosenKernels(builder)
    parameterKernels = kernels ?? chosenGradientKernels(builder)
    guard let kernels else {
      let output = try direct.forward(inputs, &builder)
      source = direct.source
      return output
    }
    let label = "\(site.name) forward"
    let source = try input(inputs[0], .forward, kernels, &builder)
    let weights = try kernels.weights(for: .forward, site, &builder)
    let bias = try site.bias(&builder)
    let output = builder.operand(
      "\(site.name) output", try blocked(outputShape, kernels, builder))
    let scratch = scratch(kernels.scratchFloats(for: .forward), label, &builder)
    let rectifies = site.fusedActivation == .relu
    builder.emit(
      label: label, in: .forward,
      reads: [source.buffer, weights.buffer] + (bias.map { [$0.buffer] } ?? []),
      writes: [output.buffer, scratch]
    ) { context in
      var biases: UnsafeMutablePointer<Float>?
      if let bias { biases = context.floats(bias) }
      kernels.forward(
        context.elements(source), weights: context.floats(weights), bias: biases,
        rectifies: rectifies, into: context.elements(output), scratch: context.floats(scratch))
    }
    if let activation = site.fusedActivation, !rectifies {
      try activate(output, activation, &builder)
    }
    self.source = source
    return output
  }

  /// nil where no rule says so, and for what the loss reads in bfloat16: that is not rounded, and
  /// the kernels round it.
  private func chosenKernels(_ builder: PlanBuilder) -> (any ConvolutionKernels)? {
    guard builder.usesOwnKernels,
      !site.isNetworkOutput || builder.precision == .float32
    else { return nil }
    let images = builder.isTraining ? builder.images : nil
    if PointwiseRule.applies(
      to: layer, input: inputShape, precision: builder.precision, images: images)
    {
      return PointwiseKernels(
        images: builder.images, input: inputShape, output: outputShape,
        stride: layer.stride.height)
    }
    guard let vectors = WinogradRule.vectors(for: builder.precision) else { return nil }
    if WinogradRule.applies(to: layer, input: inputShape, output: outputShape, images: images) {
      return WinogradKernels(
        vectors, layer, images: builder.images, input: inputShape, output: outputShape)
    }
    if PhaseRule.applies(to: layer, input: inputShape, output: outputShape, images: images) {
      return PhaseKernels(
        vectors, layer, images: builder.images, input: inputShape, output: outputShape)
    }
    return nil
  }

  /// nil for what the loss reads, as above.
  private func chosenGradientKernels(_ builder: PlanBuilder) -> (any ParameterGradientKernels)? {
    guard builder.usesOwnKernels, !site.isNetworkOutput,
      PointwiseRule.appliesToGradient(
        of: layer, input: inputShape, precision: builder.precision,
        images: builder.isTraining ? builder.images : nil)
    else { return nil }
    return PointwiseGradientKernels(
      images: builder.images, input: inputShape, output: outputShape, stride: layer.stride.height)
  }

  /// In place, as the kernels know ReLUs only.
  private func activate(
    _ output: Operand, _ activation: Activation, _ builder: inout PlanBuilder
  ) throws {
    let label = "\(site.name) \(activation)"
    let operation = try Operation(
      label, OperationRequest(.activation(activation), builder.forwardPass, data: output.descriptor)
    )
    try builder.emit(
      operation, label: label, in: .forward, reads: [(onednn_argument_source, output)],
      writes: [(onednn_argument_destination, output)])
  }

  // MARK: Backward

  func backwardParameters(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws {
    guard let kernels = parameterKernels else {
      return try direct.backwardParameters(outputGradient, &builder)
    }
    guard let source else { preconditionFailure("forward comes first") }
    let label = "\(site.name) backward parameters"
    let input = try input(
      builder.inBackward(source, of: site.node.inputs[0]), .backward, kernels, &builder)
    let gradient = try blockedGradient(outputGradient, kernels, &builder)
    let weightGradient = try site.plainGradient("weight", &builder)
    let biasGradient = try site.biasGradient(&builder)
    let scratch = scratch(kernels.gradientScratchFloats, label, &builder)
    builder.emit(
      label: label, in: .backward, reads: [input.buffer, gradient.buffer],
      writes: [weightGradient.buffer] + (biasGradient.map { [$0.buffer] } ?? []) + [scratch]
    ) { context in
      var biases: UnsafeMutablePointer<Float>?
      if let biasGradient { biases = context.floats(biasGradient) }
      kernels.backwardParameters(
        context.elements(input), outputGradient: context.elements(gradient),
        weights: context.floats(weightGradient), bias: biases, scratch: context.floats(scratch))
    }
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let kernels else { return try direct.backwardInput(outputGradient, &builder) }
    let label = "\(site.name) backward input"
    let gradient = try blockedGradient(outputGradient, kernels, &builder)
    let weights = try kernels.weights(for: .backwardInput, site, &builder)
    let inputGradient = builder.operand(
      "\(site.name) input gradient", try inputDescriptor(kernels, builder))
    let scratch = scratch(kernels.scratchFloats(for: .backwardInput), label, &builder)
    builder.emit(
      label: label, in: .backward, reads: [gradient.buffer, weights.buffer],
      writes: [inputGradient.buffer, scratch]
    ) { context in
      kernels.backwardInput(
        context.elements(gradient), weights: context.floats(weights),
        into: context.elements(inputGradient), scratch: context.floats(scratch))
    }
    return [inputGradient]
  }

  // MARK: Formats

  private func blocked(
    _ shape: Shape, _ kernels: any ParameterGradientKernels, _ builder: PlanBuilder
  ) throws -> MemoryDescriptor {
    try .blocked(shape.batched(builder.images), block: kernels.block, builder.elementType)
  }

  private func inputDescriptor(
    _ kernels: any ParameterGradientKernels, _ builder: PlanBuilder
  ) throws -> MemoryDescriptor {
    kernels.inputIsPlain
      ? try .plain(inputShape.batched(builder.images))
      : try blocked(inputShape, kernels, builder)
  }

  private func input(
    _ operand: Operand, _ section: PlanBuilder.Section,
    _ kernels: any ParameterGradientKernels, _ builder: inout PlanBuilder
  ) throws -> Operand {
    try builder.reordered(
      operand, to: inputDescriptor(kernels, builder), label: "\(site.name) input", in: section)
  }

  /// Where both halves of the backward pass read the gradient it is brought into blocks once.
  private func blockedGradient(
    _ outputGradient: Operand, _ kernels: any ParameterGradientKernels,
    _ builder: inout PlanBuilder
  ) throws -> Operand {
    if let gradient { return gradient }
    let converted = try builder.reordered(
      outputGradient, to: blocked(outputShape, kernels, builder),
      label: "\(site.name) output gradient", in: .backward)
    gradient = converted
    return converted
  }

  private func scratch(_ floats: Int, _ label: String, _ builder: inout PlanBuilder) -> Buffer.ID {
    builder.buffer("\(label) scratchpad", byteCount: floats * MemoryLayout<Float>.size)
  }
}

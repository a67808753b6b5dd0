import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

/// A convolution that kernels of ours compute by Winograd's way where `WinogradRule` says so for
/// the images at hand, with the bias and a ReLU after it; elsewhere one of oneDNN's.
///
/// Maps are in blocks of channels, as oneDNN has them with the same vectors, in float32 or
/// bfloat16. The weights are read in plain order and float32, from where they are.
final class WinogradConvolutionOperator: Operator {
  private let layer: Conv2D
  private let site: OperatorSite
  private let direct: ConvolutionOperator
  private var isDirect = false
  private var kernelForm = tandem_winograd_layer()
  private var source: Operand?
  private var gradient: Operand?

  private var vectors = WinogradRule.vectors

  let backwardReadsOutput = false
  let takesInputComputedAgain = true

  init(_ layer: Conv2D, _ site: OperatorSite) {
    self.layer = layer
    self.site = site
    direct = ConvolutionOperator(layer, site)
  }

  private var inputShape: Shape { site.node.inputShapes[0] }
  private var outputShape: Shape { site.node.outputShape }

  private func form(images: Int) -> tandem_winograd_layer {
    let padding = layer.padding.resolved(
      input: Size2D(maps: inputShape), kernel: layer.kernel, stride: layer.stride)
    return tandem_winograd_layer(
      images: images, groups: layer.groups, channels: inputShape[0], rows: inputShape[1],
      columns: inputShape[2], output_channels: outputShape[0], output_rows: outputShape[1],
      output_columns: outputShape[2], kernel: layer.kernel.height, top: padding.top,
      left: padding.left)
  }

  // MARK: Forward

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    guard let vectors = chosenVectors(builder) else {
      isDirect = true
      return try direct.forward(inputs, &builder)
    }
    isDirect = false
    self.vectors = vectors
    let form = form(images: builder.images)
    kernelForm = form
    let label = "\(site.name) forward"
    let source = try blocked(inputs[0], inputShape, "input", .forward, &builder)
    let weights = try site.plainParameter("weight", &builder)
    let bias = try site.bias(&builder)
    let output = builder.operand(
      "\(site.name) output", try descriptor(outputShape, builder))
    let scratch = scratch(tandem_winograd_forward_scratch(vectors, form), label, &builder)
    let rectifies = site.fusedActivation == .relu
    builder.emit(
      label: label, in: .forward,
      reads: [source.buffer, weights.buffer] + (bias.map { [$0.buffer] } ?? []),
      writes: [output.buffer, scratch]
    ) { context in
      var biases: UnsafeMutablePointer<Float>?
      if let bias { biases = context.floats(bias) }
      tandem_winograd_forward(
        vectors, context.elements(source), context.floats(weights), biases, rectifies,
        context.elements(output), context.floats(scratch), form)
    }
    if let activation = site.fusedActivation, !rectifies {
      try activate(output, activation, &builder)
    }
    self.source = source
    return output
  }

  /// The kernels for these images; nil where oneDNN computes the convolution. What the loss reads
  /// is not rounded, and these kernels round it.
  private func chosenVectors(_ builder: PlanBuilder) -> tandem_winograd_set? {
    guard builder.usesOwnKernels,
      !site.isNetworkOutput || builder.precision == .float32,
      WinogradRule.applies(
        to: layer, input: inputShape, output: outputShape,
        images: builder.isTraining ? builder.images : nil)
    else { return nil }
    return WinogradRule.vectors(for: builder.precision)
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
    if isDirect { return try direct.backwardParameters(outputGradient, &builder) }
    guard let source else { preconditionFailure("forward comes first") }
    let label = "\(site.name) backward parameters"
    let (vectors, form) = (vectors, kernelForm)
    let input = try blocked(
      builder.inBackward(source, of: site.node.inputs[0]), inputShape, "input", .backward, &builder)
    let gradient = try blockedGradient(outputGradient, &builder)
    let weightGradient = try site.plainGradient("weight", &builder)
    let biasGradient = try site.biasGradient(&builder)
    let scratch = scratch(tandem_winograd_gradient_scratch(vectors, form), label, &builder)
    builder.emit(
      label: label, in: .backward, reads: [input.buffer, gradient.buffer],
      writes: [weightGradient.buffer] + (biasGradient.map { [$0.buffer] } ?? []) + [scratch]
    ) { context in
      var biases: UnsafeMutablePointer<Float>?
      if let biasGradient { biases = context.floats(biasGradient) }
      tandem_winograd_backward_parameters(
        vectors, context.elements(input), context.elements(gradient),
        context.floats(weightGradient), biases, context.floats(scratch), form)
    }
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    if isDirect { return try direct.backwardInput(outputGradient, &builder) }
    let label = "\(site.name) backward input"
    let (vectors, form) = (vectors, kernelForm)
    let gradient = try blockedGradient(outputGradient, &builder)
    let weights = try site.plainParameter("weight", &builder)
    let inputGradient = builder.operand(
      "\(site.name) input gradient", try descriptor(inputShape, builder))
    let scratch = scratch(tandem_winograd_backward_scratch(vectors, form), label, &builder)
    builder.emit(
      label: label, in: .backward, reads: [gradient.buffer, weights.buffer],
      writes: [inputGradient.buffer, scratch]
    ) { context in
      tandem_winograd_backward_input(
        vectors, context.elements(gradient), context.floats(weights),
        context.elements(inputGradient), context.floats(scratch), form)
    }
    return [inputGradient]
  }

  // MARK: Formats

  private func descriptor(_ shape: Shape, _ builder: PlanBuilder) throws -> MemoryDescriptor {
    try .blocked(
      shape.batched(builder.images), block: tandem_winograd_block(vectors), builder.elementType)
  }

  private func blocked(
    _ operand: Operand, _ shape: Shape, _ what: String, _ section: PlanBuilder.Section,
    _ builder: inout PlanBuilder
  ) throws -> Operand {
    try builder.reordered(
      operand, to: descriptor(shape, builder), label: "\(site.name) \(what)", in: section)
  }

  /// Both halves of the backward pass read the gradient; it is brought into blocks once.
  private func blockedGradient(
    _ outputGradient: Operand, _ builder: inout PlanBuilder
  ) throws -> Operand {
    if let gradient { return gradient }
    let converted = try blocked(
      outputGradient, outputShape, "output gradient", .backward, &builder)
    gradient = converted
    return converted
  }

  private func scratch(_ floats: Int, _ label: String, _ builder: inout PlanBuilder) -> Buffer.ID {
    builder.buffer("\(label) scratchpad", byteCount: floats * MemoryLayout<Float>.size)
  }
}

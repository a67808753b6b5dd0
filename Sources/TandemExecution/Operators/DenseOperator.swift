import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

extension Dense: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    DenseOperator(site)
  }

  func computesAlong(_ activation: Activation) -> Bool { true }
}

/// y = x·Wᵀ + b, with x `[N, I]`, W `[O, I]`, y `[N, O]`.
///
/// Weights stay in the arena's plain order: oneDNN's matrix product packs them as it goes, while a
/// blocked format would cost a reorder of weights and of their gradient in every step. That holds
/// in bfloat16, too, although they are copied there anyway: into plain order six times as fast.
/// Maps are brought into plain `[N, C·H·W]` order first.
///
/// Forward is computed from lane order where `LaneChoice` says so; else small layers in float32 are
/// computed by `DenseProducts`, in both directions, and all others by oneDNN.
final class DenseOperator: Operator {
  private let site: OperatorSite
  /// For oneDNN's backward passes, which want to see the forward one.
  private var forwardRequest: OperationRequest?
  private var products: DenseProducts?
  private var source: Operand?
  private var elementType = ElementType.float32

  let backwardReadsOutput = false

  init(_ site: OperatorSite) {
    self.site = site
  }

  private var inputShape: Shape { site.node.inputShapes[0] }

  /// `[O, I]`, also where the weights are those of a convolution.
  private var weightShape: Shape {
    let shape = site.parameter("weight").parameter.shape
    return [shape[0], shape.elementCount / shape[0]]
  }

  private func weights(_ builder: inout PlanBuilder) throws -> Operand {
    try builder.parameter(
      site.parameter("weight"), plain: weightShape, as: .plain(weightShape, elementType))
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) forward"
    let laneActivation = site.fusedActivation.laneForm
    let takesLanes =
      laneActivation != nil
      && LaneChoice.takesLaneDense(inputs[0], weights: weightShape.elementCount, builder)
    elementType = takesLanes ? .float32 : builder.elementType
    if builder.usesOwnKernels, elementType == .float32 {
      products = DenseProducts(images: builder.images, weights: weightShape)
    }
    let bias = try site.bias(&builder)
    // What the loss reads is not rounded.
    let output = builder.operand(
      "\(site.name) output",
      try .plain(
        [builder.images, weightShape[0]], site.isNetworkOutput ? .float32 : elementType))
    let plainSource = try MemoryDescriptor.plain(
      [builder.images, inputShape.elementCount], elementType)
    let weights = try weights(&builder)
    let rectifiesApart = site.fusedActivation == .relu
    let request = OperationRequest(
      .dense, builder.forwardPass, source: plainSource, weights: weights.descriptor,
      bias: bias?.descriptor, destination: output.descriptor,
      activation: rectifiesApart ? nil : site.fusedActivation)
    forwardRequest = request
    // Backward needs the plain source, whoever computes forward.
    if !takesLanes || builder.isTraining { source = try flattened(inputs[0], &builder) }
    if takesLanes, let laneActivation {
      builder.emitLaneDense(
        label, source: try inLanes(inputs[0], &builder), weights: weights, bias: bias,
        output: output, activation: laneActivation)
    } else if let source, let products, let laneActivation {
      products.emitForward(
        label, source: source, weights: weights, bias: bias, output: output,
        activation: laneActivation, &builder)
    } else if let source {
      try builder.emit(
        Operation(label, request), label: label, in: .forward,
        reads: [(onednn_argument_source, source), (onednn_argument_weights, weights)]
          + (bias.map { [(onednn_argument_bias, $0)] } ?? []),
        writes: [(onednn_argument_destination, output)])
      if rectifiesApart { builder.emitRectification(of: output, label: "\(site.name) relu") }
    }
    return output.viewed(
      as: try .plain(site.node.outputShape.batched(builder.images), output.descriptor.elementType))
  }

  private func flattened(_ input: Operand, _ builder: inout PlanBuilder) throws -> Operand {
    try builder.flattened(input, shape: inputShape, as: elementType, label: "\(site.name) input")
  }

  /// Puts the input into lane order; only in training, where there is a plain source.
  private func inLanes(_ input: Operand, _ builder: inout PlanBuilder) throws -> Operand {
    guard input.descriptor.imageLanesShape == nil, let source else { return input }
    let shape: Shape = [builder.images, inputShape.elementCount, 1, 1]
    return try builder.reordered(
      source.viewed(as: .plain(shape)), to: .imageLanes(shape), label: "\(site.name) source",
      in: .forward)
  }

  func backwardParameters(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws {
    guard let forwardRequest, let source else { preconditionFailure("forward comes first") }
    let label = "\(site.name) backward parameters"
    let gradient = try plainGradient(outputGradient, &builder)
    if let index = builder.factoredNodes.firstIndex(of: site.node.index) {
      try putDownFactors(index, source, gradient, &builder)
      return
    }
    if let products {
      let weight = site.parameter("weight")
      products.emitBackwardWeights(
        label, source: source, outputGradient: gradient,
        weightGradient: try builder.gradientPlace(weight, plain: weightShape),
        isKept: weight.parameter.role != .frozen, &builder)
      try sumBiasGradient(gradient, &builder)
      return
    }
    if builder.addsGradients, elementType == .float32 {
      try addGradients(source, gradient, &builder)
      return
    }
    let weightGradient = try builder.gradient(site.parameter("weight"), plain: weightShape)
    let biasGradient = try site.biasGradient(&builder)
    let operation = try Operation(
      label,
      OperationRequest(
        .dense, .backwardParameters, source: source.descriptor,
        weights: weightGradient.descriptor, bias: biasGradient?.descriptor,
        destination: gradient.descriptor),
      forward: Operation(label, forwardRequest))
    try builder.emit(
      operation, label: label, in: .backward,
      reads: [(onednn_argument_source, source), (onednn_argument_destination_gradient, gradient)],
      writes: [(onednn_argument_weights_gradient, weightGradient)]
        + (biasGradient.map { [(onednn_argument_bias_gradient, $0)] } ?? []))
  }

  /// The product adds to the weights' gradient that is there: a copy of its own would take as much
  /// memory as the weights, and reading it as long as computing it for few images.
  private func addGradients(
    _ source: Operand, _ gradient: Operand, _ builder: inout PlanBuilder
  ) throws {
    let label = "\(site.name) backward parameters"
    let weightGradient = try builder.gradientPlace(site.parameter("weight"), plain: weightShape)
    let (images, rows, columns) = (builder.images, weightShape[0], weightShape[1])
    let isKept = site.parameter("weight").parameter.role != .frozen
    builder.emit(
      label: label, in: .backward,
      reads: [source.buffer, gradient.buffer, weightGradient.buffer],
      writes: [weightGradient.buffer]
    ) { context in
      try OneDNN.check(
        onednn_transposed_product(
          context.floats(weightGradient), context.floats(gradient), context.floats(source),
          Int64(rows), Int64(columns), Int64(images), isKept && context.addsGradients),
        "running \(label)")
    }
    try sumBiasGradient(gradient, &builder)
  }

  /// Instead of the weights' gradient, whose owner computes it from these; see `FactoredWeight`.
  private func putDownFactors(
    _ index: Int, _ source: Operand, _ gradient: Operand, _ builder: inout PlanBuilder
  ) throws {
    guard let weight = FactoredWeight(site.parameter("weight"), of: builder.graph) else {
      preconditionFailure("\(site.name) is a dense layer")
    }
    let images = builder.images
    let source = try builder.reordered(
      source, to: .plain([images, weight.inputs]), label: "\(site.name) factor", in: .backward)
    let gradient = try builder.reordered(
      gradient, to: .plain([images, weight.outputs]), label: "\(site.name) gradient factor",
      in: .backward)
    builder.emit(
      label: "\(site.name) factors", in: .backward, reads: [source.buffer, gradient.buffer],
      writes: []
    ) { context in
      let place = context.factors[index]
      place.copy(
        context.floats(source), to: place.input, rows: images, length: weight.inputs,
        stride: weight.inputStride)
      place.copy(
        context.floats(gradient), to: place.outputGradient, rows: images, length: weight.outputs,
        stride: weight.outputStride)
    }
    try sumBiasGradient(gradient, &builder)
  }

  private func sumBiasGradient(_ gradient: Operand, _ builder: inout PlanBuilder) throws {
    guard let biasGradient = try site.biasGradient(&builder) else { return }
    let (images, outputs) = (builder.images, weightShape[0])
    builder.emit(
      label: "\(site.name) backward bias", in: .backward, reads: [gradient.buffer],
      writes: [biasGradient.buffer]
    ) { context in
      tandem_sum_rows(context.floats(biasGradient), context.floats(gradient), images, outputs)
    }
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let forwardRequest, let source else { preconditionFailure("forward comes first") }
    let label = "\(site.name) backward input"
    let gradient = try plainGradient(outputGradient, &builder)
    let weights = try weights(&builder)
    let inputGradient = builder.operand("\(site.name) input gradient", source.descriptor)
    let wholeInputGradient = inputGradient.viewed(
      as: try .plain(inputShape.batched(builder.images), elementType))
    if let products {
      products.emitBackwardInput(
        label, outputGradient: gradient, weights: weights, inputGradient: inputGradient, &builder)
      return [wholeInputGradient]
    }
    let operation = try Operation(
      label,
      OperationRequest(
        .dense, .backwardInput, source: inputGradient.descriptor,
        weights: weights.descriptor, destination: gradient.descriptor),
      forward: Operation(label, forwardRequest))
    try builder.emit(
      operation, label: label, in: .backward,
      reads: [
        (onednn_argument_destination_gradient, gradient), (onednn_argument_weights, weights),
      ],
      writes: [(onednn_argument_source_gradient, inputGradient)])
    return [wholeInputGradient]
  }

  private func plainGradient(
    _ outputGradient: Operand, _ builder: inout PlanBuilder
  ) throws -> Operand {
    try builder.reordered(
      outputGradient, to: .plain(site.node.outputShape.batched(builder.images), elementType),
      label: "\(site.name) output gradient", in: .backward
    ).viewed(as: .plain([builder.images, weightShape[0]], elementType))
  }
}

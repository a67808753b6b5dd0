import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

extension Conv2D: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    if isDense(on: site.node.inputShapes[0]) { return DenseOperator(site) }
    return OwnConvolutionOperator(self, site)
  }

  /// Whether the kernel covers the whole input, so that a matrix product does it, two to four times
  /// as fast where the maps are few.
  func isDense(on input: Shape) -> Bool {
    let size = Size2D(maps: input)
    return groups == 1 && kernel == size
      && padding.resolved(input: size, kernel: kernel, stride: stride) == .zero
  }

  func computesAlong(_ activation: Activation) -> Bool { true }
}

extension ConnectedConv2D: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    let channels = site.node.inputShapes[0][0]
    let positions = connections.enumerated().flatMap { map, seen in
      seen.map { Int32(map * channels + $0) }
    }
    return ConvolutionOperator(
      Conv2D(outputChannels, kernel: kernel), site, connections: positions)
  }
}

/// y[n, o, i, j] = b[o] + Σ x[n, c, i·stride + u − top, j·stride + v − left] · w[o, c, u, v]
///
/// All formats are oneDNN's choice; the weights are copied into it when they have changed. Where a
/// table says which maps are connected, the weights between others are zeros that are never
/// trained.
final class ConvolutionOperator: Operator {
  private let layer: Conv2D
  private let site: OperatorSite
  private let window: onednn_window
  /// `[O, I, KH, KW]`, or `[G, O/G, I/G, KH, KW]`: the same elements in the same plain order.
  private let weightShape: Shape
  /// The place `o·C + c` of each trained kernel among those of all pairs of maps; nil for all.
  private let connections: [Int32]?
  /// The weights of all pairs of maps, where only some are trained.
  private var allWeights: Operand?
  private var forwardOperation: Operation?
  /// The input in the format of the forward pass.
  private(set) var source: Operand?

  let backwardReadsOutput = false
  let takesInputComputedAgain = true

  init(_ layer: Conv2D, _ site: OperatorSite, connections: [Int32]? = nil) {
    self.layer = layer
    self.connections = connections
    self.site = site
    let input = site.node.inputShapes[0]
    window = onednn_window(
      kernel: layer.kernel, stride: layer.stride,
      padding: layer.padding.resolved(
        input: Size2D(height: input[1], width: input[2]), kernel: layer.kernel,
        stride: layer.stride))
    weightShape =
      layer.groups == 1
      ? [layer.outputChannels, input[0], layer.kernel.height, layer.kernel.width]
      : [
        layer.groups, layer.outputChannels / layer.groups, input[0] / layer.groups,
        layer.kernel.height, layer.kernel.width,
      ]
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) forward"
    let anySource = try MemoryDescriptor.any(
      site.node.inputShapes[0].batched(builder.images), builder.elementType)
    let anyDestination = try MemoryDescriptor.any(
      site.node.outputShape.batched(builder.images), builder.elementType)
    let anyWeights = try MemoryDescriptor.any(weightShape, builder.elementType)
    let bias = try site.bias(&builder)
    // At inference images and weights were looked at before, and a pass of its own takes longer.
    let rectifiesApart = builder.isTraining && site.fusedActivation == .relu
    let operation = try Operation(
      label,
      OperationRequest(
        .convolution(window), builder.forwardPass, source: anySource, weights: anyWeights,
        bias: bias?.descriptor, destination: anyDestination,
        activation: rectifiesApart ? nil : site.fusedActivation))
    let source = try builder.reordered(
      inputs[0], to: operation.descriptor(onednn_role_source), label: "\(site.name) input",
      in: .forward)
    let weights = try weights(as: operation.descriptor(onednn_role_weights), &builder)
    let output = try builder.operand(
      "\(site.name) output", operation.descriptor(onednn_role_destination))
    try builder.emit(
      operation, label: label, in: .forward,
      reads: [(onednn_argument_source, source), (onednn_argument_weights, weights)]
        + (bias.map { [(onednn_argument_bias, $0)] } ?? []),
      writes: [(onednn_argument_destination, output)])
    if rectifiesApart { builder.emitRectification(of: output, label: "\(site.name) relu") }
    forwardOperation = operation
    self.source = source
    return output
  }

  func backwardParameters(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws {
    guard let forwardOperation, let source else { preconditionFailure("forward comes first") }
    let label = "\(site.name) backward parameters"
    let anySource = try MemoryDescriptor.any(
      site.node.inputShapes[0].batched(builder.images), builder.elementType)
    let anyDestination = try MemoryDescriptor.any(
      site.node.outputShape.batched(builder.images), builder.elementType)
    let anyGradient = try MemoryDescriptor.any(weightShape)
    let weightEntry = site.parameter("weight")
    let biasGradient = try site.biasGradient(&builder)
    let operation = try Operation(
      label,
      OperationRequest(
        .convolution(window), .backwardParameters, source: anySource, weights: anyGradient,
        bias: biasGradient?.descriptor, destination: anyDestination),
      forward: forwardOperation)
    let backwardSource = try builder.reordered(
      builder.inBackward(source, of: site.node.inputs[0]),
      to: operation.descriptor(onednn_role_source), label: "\(site.name) input",
      in: .backward)
    let gradient = try builder.reordered(
      outputGradient, to: operation.descriptor(onednn_role_destination_gradient),
      label: "\(site.name) output gradient", in: .backward)
    let chosen = try operation.descriptor(onednn_role_weights_gradient)
    let isInPlace = try connections == nil && chosen == .plain(weightShape)
    let weightGradient =
      isInPlace
      ? try builder.gradient(weightEntry, plain: weightShape)
      : builder.operand("\(weightEntry.name) gradient in another format", chosen)
    try builder.emit(
      operation, label: label, in: .backward,
      reads: [
        (onednn_argument_source, backwardSource), (onednn_argument_destination_gradient, gradient),
      ],
      writes: [(onednn_argument_weights_gradient, weightGradient)]
        + (biasGradient.map { [(onednn_argument_bias_gradient, $0)] } ?? []))
    if isInPlace { return }
    guard let connections else {
      try builder.putGradient(weightGradient, of: weightEntry, plain: weightShape)
      return
    }
    let plainGradient = try builder.reordered(
      weightGradient, to: .plain(weightShape), label: "\(weightEntry.name) gradient of all pairs",
      in: .backward)
    let trained = try builder.gradient(weightEntry, plain: weightEntry.parameter.shape)
    let kernelElements = layer.kernel.height * layer.kernel.width
    builder.emit(
      label: "\(weightEntry.name) gradient of connections", in: .backward,
      reads: [plainGradient.buffer], writes: [trained.buffer]
    ) { context in
      tandem_gather_pieces(
        context.floats(plainGradient), context.floats(trained), connections, connections.count,
        kernelElements)
    }
  }

  private func weights(
    as descriptor: MemoryDescriptor, _ builder: inout PlanBuilder
  ) throws -> Operand {
    let entry = site.parameter("weight")
    guard let connections else {
      return try builder.parameter(entry, plain: weightShape, as: descriptor)
    }
    let all = try allWeights ?? expandedWeights(connections, &builder)
    allWeights = all
    return all.descriptor == descriptor
      ? all : try builder.preparedCopy(of: all, as: descriptor, name: entry.name)
  }

  private func expandedWeights(
    _ connections: [Int32], _ builder: inout PlanBuilder
  ) throws -> Operand {
    let entry = site.parameter("weight")
    let trained = try builder.parameter(
      entry, plain: entry.parameter.shape, as: .plain(entry.parameter.shape))
    let window = layer.kernel.height * layer.kernel.width
    let count = weightShape.elementCount
    return builder.derivedParameter(
      "\(entry.name) of all pairs", from: trained, as: try .plain(weightShape)
    ) { trained, all in
      all.update(repeating: 0, count: count)
      tandem_scatter_pieces(trained, all, connections, connections.count, window)
    }
  }

  /// In the formats of the forward pass where oneDNN has a kernel for them: 3.7 and 3.12 prefer
  /// channels last for strided convolutions, and bringing two maps into another order and back
  /// takes longer than that saves.
  private func inputGradientOperation(
    _ label: String, _ forward: Operation, _ builder: PlanBuilder
  ) throws -> Operation {
    let weights = try MemoryDescriptor.any(weightShape, builder.elementType)
    func operation(
      _ source: MemoryDescriptor, _ destination: MemoryDescriptor
    ) throws -> Operation {
      let request = OperationRequest(
        .convolution(window), .backwardInput, source: source, weights: weights,
        destination: destination)
      return try Operation(label, request, forward: forward)
    }
    let free = try operation(
      .any(site.node.inputShapes[0].batched(builder.images), builder.elementType),
      .any(site.node.outputShape.batched(builder.images), builder.elementType))
    let source = try forward.descriptor(onednn_role_source)
    let destination = try forward.descriptor(onednn_role_destination)
    let isAsForward = try free.descriptor(onednn_role_destination_gradient) == destination
    if isAsForward || builder.elementType != .float32 { return free }
    guard let given = try? operation(source, destination), !given.isReference else { return free }
    return given
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let forwardOperation else { preconditionFailure("forward comes first") }
    let label = "\(site.name) backward input"
    let operation = try inputGradientOperation(label, forwardOperation, builder)
    let weights = try weights(as: operation.descriptor(onednn_role_weights), &builder)
    let gradient = try builder.reordered(
      outputGradient, to: operation.descriptor(onednn_role_destination_gradient),
      label: "\(site.name) output gradient", in: .backward)
    let inputGradient = try builder.operand(
      "\(site.name) input gradient", operation.descriptor(onednn_role_source_gradient))
    try builder.emit(
      operation, label: label, in: .backward,
      reads: [
        (onednn_argument_destination_gradient, gradient), (onednn_argument_weights, weights),
      ],
      writes: [(onednn_argument_source_gradient, inputGradient)])
    return [inputGradient]
  }
}

extension onednn_window {
  init(
    kernel: Size2D, stride: Size2D, padding: Edges, extraBottom: Int = 0, extraRight: Int = 0
  ) {
    self.init(
      kernel: (Int64(kernel.height), Int64(kernel.width)),
      stride: (Int64(stride.height), Int64(stride.width)),
      padding_before: (Int64(padding.top), Int64(padding.left)),
      padding_after: (Int64(padding.bottom + extraBottom), Int64(padding.right + extraRight)))
  }
}

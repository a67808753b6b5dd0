import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

extension AveragePool2D: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    let geometry = try geometry(for: site.node.inputShapes[0])
    let reachesOver = geometry.extraBottom > 0 || geometry.extraRight > 0
    // What ceil mode reaches over never counts, padding may: oneDNN cannot tell the two apart.
    if reachesOver && countIncludesPadding && geometry.padding != .zero {
      throw ExecutionError.unsupported(
        layer: site.name,
        reason: "average pooling in ceil mode that counts its padding and reaches over it; "
          + "set countIncludesPadding to false, or ceilMode to false")
    }
    return PoolingOperator(
      countIncludesPadding && !reachesOver
        ? onednn_pooling_average_include_padding : onednn_pooling_average_exclude_padding,
      window: onednn_window(
        kernel: kernel, stride: stride, padding: geometry.padding,
        extraBottom: geometry.extraBottom, extraRight: geometry.extraRight),
      site)
  }
}

extension GlobalAveragePool2D: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    let input = site.node.inputShapes[0]
    return PoolingOperator(
      onednn_pooling_average_exclude_padding,
      window: onednn_window(
        kernel: Size2D(height: input[1], width: input[2]), stride: 1, padding: .zero),
      site, output: [input[0], 1, 1])
  }
}

/// The mean value of each window, or at inference the largest one, by oneDNN. The backward pass of
/// the mean of whole maps is a kernel of ours: in bfloat16 oneDNN 2.6 has only its reference
/// implementation for channels last, 7 % of a step of ResNet-50 where the processor has AMX.
final class PoolingOperator: Operator {
  private let kind: onednn_pooling
  private let window: onednn_window
  private let site: OperatorSite
  /// `[C, H', W']`, also where the layer declares `[C]`.
  private let mapShape: Shape
  private var forwardOperation: Operation?

  let backwardReadsOutput = false

  init(
    _ kind: onednn_pooling, window: onednn_window, _ site: OperatorSite, output: Shape? = nil
  ) {
    self.kind = kind
    self.window = window
    self.site = site
    mapShape = output ?? site.node.outputShape
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) forward"
    let anyOutput = try MemoryDescriptor.any(
      mapShape.batched(builder.images), inputs[0].descriptor.elementType)
    let operation = try Operation(
      label,
      OperationRequest(
        .pooling(kind, window), builder.forwardPass, source: inputs[0].descriptor,
        destination: anyOutput))
    let output = try builder.operand(
      "\(site.name) output", operation.descriptor(onednn_role_destination))
    try builder.emit(
      operation, label: label, in: .forward, reads: [(onednn_argument_source, inputs[0])],
      writes: [(onednn_argument_destination, output)])
    forwardOperation = operation
    if site.node.outputShape == mapShape { return output }
    return try builder.flattened(output, shape: mapShape, label: "\(site.name) output")
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let forwardOperation else { preconditionFailure("forward comes first") }
    let label = "\(site.name) backward input"
    let source = try forwardOperation.descriptor(onednn_role_source)
    let wholeMaps = site.node.outputShape == mapShape ? nil : source.wholeMaps
    let elementType = try forwardOperation.descriptor(onednn_role_destination).elementType
    var gradient = outputGradient
    if site.node.outputShape != mapShape {
      gradient = try builder.reordered(
        gradient, to: .plain(site.node.outputShape.batched(builder.images), elementType),
        label: "\(site.name) output gradient", in: .backward
      ).viewed(as: .plain(mapShape.batched(builder.images), elementType))
    }
    let inputGradient = builder.operand("\(site.name) input gradient", source)
    if let wholeMaps {
      let means = try builder.reordered(
        gradient,
        to: .blocked(
          mapShape.batched(builder.images), block: source.channelBlock == 0 ? 1 : wholeMaps.block,
          elementType), label: "\(site.name) output gradient", in: .backward)
      builder.emit(
        label: label, in: .backward, reads: [means.buffer], writes: [inputGradient.buffer]
      ) { context in
        tandem_spread_means(context.elements(means), context.elements(inputGradient), wholeMaps)
      }
      return [inputGradient]
    }
    gradient = try builder.reordered(
      gradient, to: forwardOperation.descriptor(onednn_role_destination),
      label: "\(site.name) output gradient", in: .backward)
    let operation = try Operation(
      label,
      OperationRequest(
        .pooling(kind, window), .backwardInput, source: inputGradient.descriptor,
        destination: gradient.descriptor),
      forward: forwardOperation)
    try builder.emit(
      operation, label: label, in: .backward,
      reads: [(onednn_argument_destination_gradient, gradient)],
      writes: [(onednn_argument_source_gradient, inputGradient)])
    return [inputGradient]
  }
}

extension MemoryDescriptor {
  /// Maps in blocks of channels, those of channels last in one block of all; nil for other orders.
  fileprivate var wholeMaps: tandem_maps? {
    guard let layout, !layout.hasGaps, shape.count == 4 else { return nil }
    let (channels, rows, columns) = (shape[1], shape[2], shape[3])
    let isChannelsLast =
      layout.blocks.isEmpty && layout.strides[1] == 1 && layout.strides[3] == channels
      && layout.strides[2] == columns * channels
    guard channelBlock != 0 || isChannelsLast else { return nil }
    return tandem_maps(
      images: shape[0], channels: channels, rows: rows, columns: columns,
      block: isChannelsLast ? channels : channelBlock, bfloat16: elementType == .bfloat16)
  }
}

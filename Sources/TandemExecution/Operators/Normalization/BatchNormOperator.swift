import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

extension BatchNorm2D: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    acrossShards
      ? SynchronizedBatchNormOperator(self, site) : BatchNormOperator(self, site)
  }

  /// The values of each channel that a replica takes statistics over.
  /// - Throws: `ExecutionError` for a single one, which has no variance.
  func valuesPerChannel(_ site: OperatorSite, images: Int) throws -> Int {
    let shape = site.node.outputShape
    let values = images * shape[1] * shape[2]
    guard values > 1 || acrossShards else {
      throw ExecutionError.unsupported(
        layer: site.name,
        reason:
          "training on one image whose maps are 1×1 gives the batch normalization one value per "
          + "channel; use a batch size (or fewer shards) that leaves two images or more for each "
          + "shard of each mini-batch, the last one of an epoch included, or larger images")
    }
    return values
  }

  func computesAlong(_ activation: Activation) -> Bool { activation == .relu && !acrossShards }

  var appliesDerivativeOfActivation: Bool { true }
}

/// y = (x − mean) / √(variance + ε) · weight + bias, with the statistics of the replica's own
/// images in training and the running ones at inference; a ReLU that follows is computed along with
/// it.
///
/// Training in float32 is done by kernels of our own, see `FusedNorm`, which leave the output to an
/// addition that reads it. The rest is oneDNN's; its backward reads x and the statistics, and of
/// the ReLU a bit per element.
final class BatchNormOperator: Operator {
  private let layer: BatchNorm2D
  private let site: OperatorSite
  private var forwardOperation: Operation?
  private var source: Operand?
  private var mean: Operand?
  private var variance: Operand?
  private var workspace: Operand?
  private var inputGradient: Operand?
  /// Where our own kernels compute it.
  private var norm: FusedNorm?

  /// What is left to the addition stands for x.
  var backwardReadsOutput: Bool { norm != nil && site.readerComputesAlong }
  let inputGradientComesWithParameters = true

  init(_ layer: BatchNorm2D, _ site: OperatorSite) {
    self.layer = layer
    self.site = site
  }

  var hasActivation: Bool { site.fusedActivation != nil }

  private func kind(givenStatistics: Bool) -> OperationRequest.Kind {
    .batchNormalization(
      epsilon: layer.epsilon, givenStatistics: givenStatistics, rectifies: hasActivation)
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) forward"
    let source = inputs[0]
    if let norm = try FusedNorm(layer, of: source, site, &builder) {
      self.norm = norm
      mean = norm.mean
      variance = norm.variance
      if site.readerComputesAlong {
        builder.leaveToReader(norm)
        return source
      }
      return try norm.emit(
        rectifies: hasActivation, label: label, output: "\(site.name) output", in: .forward,
        &builder)
    }
    let operation = try Operation(
      label,
      OperationRequest(
        kind(givenStatistics: !builder.isTraining), builder.forwardPass, data: source.descriptor))
    var reads = [
      (onednn_argument_source, source),
      (onednn_argument_scale, try site.plainParameter("weight", &builder)),
      (onednn_argument_shift, try site.plainParameter("bias", &builder)),
    ]
    let output =
      !builder.isTraining && site.mayOverwriteInput
      ? source : builder.operand("\(site.name) output", source.descriptor)
    var writes = [(onednn_argument_destination, output)]
    if builder.isTraining {
      let channels = try MemoryDescriptor.plain([site.node.outputShape[0]])
      let mean = builder.operand("\(site.name) mean", channels)
      let variance = builder.operand("\(site.name) variance", channels)
      writes += [(onednn_argument_mean, mean), (onednn_argument_variance, variance)]
      if let descriptor = try operation.optionalDescriptor(onednn_role_workspace) {
        let workspace = builder.operand("\(site.name) positive elements", descriptor)
        writes.append((onednn_argument_workspace, workspace))
        self.workspace = workspace
      }
      self.mean = mean
      self.variance = variance
    } else {
      reads += [
        (onednn_argument_mean, try site.plainParameter("running_mean", &builder)),
        (onednn_argument_variance, try site.plainParameter("running_var", &builder)),
      ]
    }
    try builder.emit(operation, label: label, in: .forward, reads: reads, writes: writes)
    forwardOperation = operation
    self.source = source
    return output
  }

  /// Emits the same output once more, in backward: with the statistics that are known by then.
  func emitAgain(_ builder: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) again"
    if let norm {
      return try norm.emit(
        rectifies: hasActivation, label: label, output: "\(label) output", in: .backward, &builder)
    }
    guard let source, let mean, let variance else { preconditionFailure("forward comes first") }
    let operation = try Operation(
      label,
      OperationRequest(kind(givenStatistics: true), .inference, data: source.descriptor))
    let output = builder.operand("\(label) output", source.descriptor)
    try builder.emit(
      operation, label: label, in: .backward,
      reads: [
        (onednn_argument_source, source),
        (onednn_argument_scale, try site.plainParameter("weight", &builder)),
        (onednn_argument_shift, try site.plainParameter("bias", &builder)),
        (onednn_argument_mean, mean), (onednn_argument_variance, variance),
      ],
      writes: [(onednn_argument_destination, output)])
    return output
  }

  /// The running statistics; weight and bias come along with the gradient of the input.
  func backwardParameters(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws {
    guard let mean, let variance else { preconditionFailure("forward comes first") }
    let ownMean = try site.plainGradient("running_mean", &builder)
    let ownVariance = try site.plainGradient("running_var", &builder)
    let channels = site.node.outputShape[0]
    let values = Float(try layer.valuesPerChannel(site, images: builder.images))
    let images = builder.images
    builder.emit(
      label: "\(site.name) statistics", in: .backward, reads: [mean.buffer, variance.buffer],
      writes: [ownMean.buffer, ownVariance.buffer]
    ) { context in
      let share = context.share(ofImages: images)
      tandem_scale(context.floats(ownMean), context.floats(mean), share, channels)
      tandem_scale(
        context.floats(ownVariance), context.floats(variance), share * (values / (values - 1)),
        channels)
    }
    if let norm {
      inputGradient = try norm.emitBackward(
        outputGradient, rectifies: hasActivation, site, &builder)
    } else {
      try emitBackward(outputGradient, &builder)
    }
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let inputGradient else { preconditionFailure("the parameters' part comes first") }
    return [inputGradient]
  }

  private func emitBackward(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws {
    guard let forwardOperation, let source, let mean, let variance else {
      preconditionFailure("forward comes first")
    }
    let label = "\(site.name) backward"
    let gradient = try builder.reordered(
      outputGradient, to: source.descriptor, label: "\(site.name) output gradient", in: .backward)
    let operation = try Operation(
      label,
      OperationRequest(
        kind(givenStatistics: false), .backward, data: source.descriptor,
        gradient: gradient.descriptor),
      forward: forwardOperation)
    let inputGradient = builder.operand("\(site.name) input gradient", source.descriptor)
    try builder.emit(
      operation, label: label, in: .backward,
      reads: [
        (onednn_argument_source, source), (onednn_argument_mean, mean),
        (onednn_argument_variance, variance),
        (onednn_argument_destination_gradient, gradient),
        (onednn_argument_scale, try site.plainParameter("weight", &builder)),
      ] + (workspace.map { [(onednn_argument_workspace, $0)] } ?? [])
        + (onednn_batch_normalization_backward_reads_shift()
          ? [(onednn_argument_shift, try site.plainParameter("bias", &builder))] : []),
      writes: [
        (onednn_argument_source_gradient, inputGradient),
        (onednn_argument_scale_gradient, try site.plainGradient("weight", &builder)),
        (onednn_argument_shift_gradient, try site.plainGradient("bias", &builder)),
      ])
    self.inputGradient = inputGradient
  }
}

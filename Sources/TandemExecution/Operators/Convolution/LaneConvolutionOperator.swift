import CKernels
import TandemNetwork
import TandemTensor

/// A convolution with few channels, the activation and the pooling after it, by kernels of ours
/// that are vectorised over images; see `LaneChoice`.
final class LaneConvolutionOperator: Operator {
  private let layer: tandem_lane_layer
  private let site: OperatorSite
  private let outputShape: Shape
  private var source: Operand?
  private var memory: Memory?
  private var gradient: Operand?

  /// What backward needs beside the input: the output for the derivative of the activation and,
  /// where pooling loses what backward needs, the activation before a mean or the winners of a
  /// maximum.
  private struct Memory: Sendable {
    let output: Operand
    var activation: Buffer.ID?
    var winners: Buffer.ID?

    var kept: [Buffer.ID] { [activation, winners].compactMap { $0 } }

    func kernelForm(_ context: borrowing KernelContext) -> tandem_lane_memory {
      tandem_lane_memory(
        output: context.floats(output), activation: activation.map { context.floats($0) },
        winners: winners.map { context.bytes($0) })
    }
  }

  let backwardReadsOutput: Bool

  init(_ layer: LaneLayer, _ site: OperatorSite) {
    self.layer = layer.kernelForm
    self.site = site
    let form = layer.kernelForm
    outputShape = [
      form.output_channels, form.output_rows / form.window_rows,
      form.output_columns / form.window_columns,
    ]
    // A mean keeps the whole activation; a maximum keeps its winners, which tell all of a ReLU.
    backwardReadsOutput =
      switch (form.activation, form.pooling) {
      case (tandem_lane_activation_none, _), (_, tandem_lane_pooling_average),
        (tandem_lane_activation_relu, tandem_lane_pooling_max):
        false
      default: true
      }
  }

  // MARK: Forward

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let label = "\(site.name) forward"
    let layer = layer
    let source = try builder.reordered(
      inputs[0], to: .imageLanes(site.node.inputShapes[0].batched(builder.images)),
      label: "\(site.name) input", in: .forward)
    let weights = try packedWeights("forward", &builder) {
      tandem_lane_weights_for_forward($0, $1, layer)
    }
    let bias = try site.bias(&builder)
    let memory = try makeMemory(&builder)
    let scratch = scratch(tandem_lane_forward_scratch(layer), label, &builder)
    builder.emit(
      label: label, in: .forward,
      reads: [source.buffer, weights.buffer] + (bias.map { [$0.buffer] } ?? []),
      writes: [memory.output.buffer] + memory.kept + [scratch]
    ) { context in
      var biases: UnsafeMutablePointer<Float>?
      if let bias { biases = context.floats(bias) }
      tandem_lane_forward(
        context.floats(source), context.floats(weights), biases, memory.kernelForm(context),
        context.floats(scratch), layer)
    }
    self.source = source
    self.memory = memory
    return memory.output
  }

  private func makeMemory(_ builder: inout PlanBuilder) throws -> Memory {
    let output = builder.operand(
      "\(site.name) output", try .imageLanes(outputShape.batched(builder.images)))
    var memory = Memory(output: output)
    guard builder.isTraining else { return memory }
    let elements = output.descriptor.byteCount / MemoryLayout<Float>.size
    if layer.pooling == tandem_lane_pooling_max {
      memory.winners = builder.buffer("\(site.name) winners", byteCount: elements)
    }
    if layer.pooling == tandem_lane_pooling_average,
      layer.activation != tandem_lane_activation_none
    {
      memory.activation =
        builder.operand(
          "\(site.name) activation", try .imageLanes(site.node.outputShape.batched(builder.images))
        ).buffer
    }
    return memory
  }

  /// The weights in the order of the kernels, made anew when they have changed.
  private func packedWeights(
    _ pass: String, _ builder: inout PlanBuilder,
    pack: @escaping @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) throws -> Operand {
    let weights = try site.plainParameter("weight", &builder)
    let packed = try MemoryDescriptor.plain([tandem_lane_packed_count(layer)])
    return builder.derivedParameter(
      "\(site.name).weight for \(pass)", from: weights, as: packed, kernel: pack)
  }

  private func scratch(_ floats: Int, _ label: String, _ builder: inout PlanBuilder) -> Buffer.ID {
    builder.buffer("\(label) scratchpad", byteCount: floats * MemoryLayout<Float>.size)
  }

  // MARK: Backward

  func backwardParameters(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws {
    guard let source, let memory else { preconditionFailure("forward comes first") }
    let label = "\(site.name) backward parameters"
    let layer = layer
    let gradient = try laneGradient(outputGradient, &builder)
    let weightGradient = try site.plainGradient("weight", &builder)
    let biasGradient = try site.biasGradient(&builder)
    let scratch = scratch(tandem_lane_gradient_scratch(layer), label, &builder)
    builder.emit(
      label: label, in: .backward,
      reads: [source.buffer, gradient.buffer] + readByBackward(memory),
      writes: [weightGradient.buffer] + (biasGradient.map { [$0.buffer] } ?? []) + [scratch]
    ) { context in
      var biases: UnsafeMutablePointer<Float>?
      if let biasGradient { biases = context.floats(biasGradient) }
      tandem_lane_backward_parameters(
        context.floats(source), context.floats(gradient), memory.kernelForm(context),
        context.floats(weightGradient), biases, context.floats(scratch), layer)
    }
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let source, let memory else { preconditionFailure("forward comes first") }
    let label = "\(site.name) backward input"
    let layer = layer
    let gradient = try laneGradient(outputGradient, &builder)
    let weights = try packedWeights("backward", &builder) {
      tandem_lane_weights_for_backward($0, $1, layer)
    }
    let inputGradient = builder.operand("\(site.name) input gradient", source.descriptor)
    let scratch = scratch(tandem_lane_backward_scratch(layer), label, &builder)
    builder.emit(
      label: label, in: .backward,
      reads: [gradient.buffer, weights.buffer] + readByBackward(memory),
      writes: [inputGradient.buffer, scratch]
    ) { context in
      tandem_lane_backward_input(
        context.floats(gradient), context.floats(weights), memory.kernelForm(context),
        context.floats(inputGradient), context.floats(scratch), layer)
    }
    return [inputGradient]
  }

  private func readByBackward(_ memory: Memory) -> [Buffer.ID] {
    (backwardReadsOutput ? [memory.output.buffer] : []) + memory.kept
  }

  /// Both halves of the backward pass read the gradient in lane order; it is converted once.
  private func laneGradient(
    _ outputGradient: Operand, _ builder: inout PlanBuilder
  ) throws -> Operand {
    if let gradient { return gradient }
    let converted = try builder.reordered(
      outputGradient, to: .imageLanes(outputShape.batched(builder.images)),
      label: "\(site.name) output gradient", in: .backward)
    gradient = converted
    return converted
  }
}

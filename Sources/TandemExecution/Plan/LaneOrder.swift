import CKernels
import TandemTensor

extension PlanBuilder {
  /// Into or out of the order of our own convolutions, by a kernel that transposes in registers and
  /// knows only plain order on the other side.
  mutating func reorderedLanes(
    _ source: Operand, to wanted: MemoryDescriptor, shape: Shape, label: String,
    in section: Section
  ) throws -> Operand {
    let (images, features) = (images, shape.elementCount / images)
    let plain = try MemoryDescriptor.plain(shape)
    let isWanted = wanted.imageLanesShape != nil
    let from = isWanted ? try reordered(source, to: plain, label: label, in: section) : source
    let to = operand("\(label) in another format", isWanted ? wanted : plain)
    emit(label: "\(label) reorder", in: section, reads: [from.buffer], writes: [to.buffer]) {
      context in
      if isWanted {
        tandem_lanes_from_plain(context.floats(from), context.floats(to), images, features)
      } else {
        tandem_lanes_to_plain(context.floats(from), context.floats(to), images, features)
      }
    }
    return isWanted ? to : try reordered(to, to: wanted, label: label, in: section)
  }
  /// A dense layer that reads lane order; the output is plain.
  mutating func emitLaneDense(
    _ label: String, source: Operand, weights: Operand, bias: Operand?, output: Operand,
    activation: tandem_lane_activation
  ) {
    let features = graph.nodes[node].inputShapes[0].elementCount
    let outputs = graph.nodes[node].outputShape.elementCount
    let images = images
    let scratch = buffer(
      "\(label) scratchpad",
      byteCount: tandem_lane_dense_scratch(images, outputs) * MemoryLayout<Float>.size)
    emit(
      label: label, in: .forward,
      reads: [source.buffer, weights.buffer] + (bias.map { [$0.buffer] } ?? []),
      writes: [output.buffer, scratch]
    ) { context in
      var biases: UnsafeMutablePointer<Float>?
      if let bias { biases = context.floats(bias) }
      tandem_lane_dense(
        context.floats(source), context.floats(weights), biases, context.floats(output),
        activation, context.floats(scratch), images, features, outputs, LaneChoice.instructions)
    }
  }
}

extension Activation? {
  /// The activation as the kernels in lane order know it; nil where they do not.
  var laneForm: tandem_lane_activation? {
    switch self {
    case nil: tandem_lane_activation_none
    case .relu: tandem_lane_activation_relu
    case .tanh: tandem_lane_activation_tanh
    case .sigmoid: nil
    }
  }
}

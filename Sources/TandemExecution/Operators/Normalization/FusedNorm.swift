import CKernels
import TandemNetwork
import TandemTensor

/// A batch normalization of the images at hand that kernels of our own compute, along with the
/// addition and the ReLU after it: what they read, and what forward keeps for backward, which is
/// four numbers per channel.
///
/// All of it is bound by memory. Forward goes over x twice, a few channels of all images at a time,
/// so that the second time they come from a cache, and backward likewise over x and dy. A ReLU's
/// sign follows from x again, and an output that only an addition reads is never written.
struct FusedNorm {
  let source: Operand
  let maps: tandem_maps
  private let weight: Operand
  private let bias: Operand
  private let epsilon: Float
  let mean: Operand
  let variance: Operand
  /// y = x · scale + shift, as all passes compute it.
  private let scale: Operand
  private let shift: Operand

  /// Nil where oneDNN computes it: other formats than float32 in plain order or in blocks of
  /// channels.
  init?(
    _ layer: BatchNorm2D, of source: Operand, _ site: OperatorSite, _ builder: inout PlanBuilder
  ) throws {
    let shape = site.node.outputShape
    let block = source.descriptor.channelBlock
    guard builder.isTraining, builder.usesOwnKernels, builder.elementType == .float32, block > 0,
      try source.descriptor == .blocked(shape.batched(builder.images), block: block)
    else { return nil }
    let channels = try MemoryDescriptor.plain([shape[0]])
    self.source = source
    maps = tandem_maps(
      images: builder.images, channels: shape[0], rows: shape[1], columns: shape[2], block: block,
      bfloat16: false)
    weight = try site.plainParameter("weight", &builder)
    bias = try site.plainParameter("bias", &builder)
    epsilon = layer.epsilon
    mean = builder.operand("\(site.name) mean", channels)
    variance = builder.operand("\(site.name) variance", channels)
    scale = builder.operand("\(site.name) scale", channels)
    shift = builder.operand("\(site.name) shift", channels)
  }

  private var parameters: [Buffer.ID] { [weight.buffer, bias.buffer] }
  private var results: [Buffer.ID] { [mean.buffer, variance.buffer, scale.buffer, shift.buffer] }

  private func kernelForm(
    _ context: borrowing KernelContext, reading source: Operand
  ) -> tandem_fused_norm {
    tandem_fused_norm(
      source: context.floats(source), weight: context.floats(weight), bias: context.floats(bias),
      epsilon: epsilon, mean: context.floats(mean), variance: context.floats(variance),
      scale: context.floats(scale), shift: context.floats(shift))
  }

  // MARK: Forward

  /// Emits y, or the sum of it and another tensor, in the format of x.
  /// - Parameters:
  ///   - rectifies: whether a ReLU of it is wanted.
  ///   - overwrites: whether it may go in the place of the other tensor.
  ///   - section: in backward it is computed again, with the statistics that are known.
  func emit(
    plus other: Other? = nil, overwriting overwrites: Bool = false, rectifies: Bool, label: String,
    output: String, in section: PlanBuilder.Section, _ builder: inout PlanBuilder
  ) throws -> Operand {
    let again = section == .backward
    let format = source.descriptor
    let addend = try other.map {
      try builder.reordered($0.read, to: format, label: "\(label) term", in: section)
    }
    let second = other?.norm
    let result =
      (overwrites && second == nil ? addend : nil) ?? builder.operand(output, format)
    let results = results + (second?.results ?? [])
    builder.emit(
      label: label, in: section,
      reads: [source.buffer] + parameters + (addend.map { [$0.buffer] } ?? [])
        + (second?.parameters ?? []) + (again ? results : []),
      writes: [result.buffer] + (again ? [] : results)
    ) { context in
      var norms = [kernelForm(context, reading: source)]
      var shortcut: UnsafeMutablePointer<Float>?
      if let addend {
        if let second {
          norms.append(second.kernelForm(context, reading: addend))
        } else {
          shortcut = context.floats(addend)
        }
      }
      tandem_fused_norm_forward(
        norms, norms.count, shortcut, context.floats(result), maps, rectifies, again)
    }
    return result
  }

  /// What is added to a normalization.
  enum Other {
    case norm(FusedNorm)
    case tensor(Operand)

    var norm: FusedNorm? { if case .norm(let norm) = self { norm } else { nil } }

    /// What is read of it.
    var read: Operand {
      switch self {
      case .norm(let norm): norm.source
      case .tensor(let tensor): tensor
      }
    }
  }

  // MARK: Backward

  /// Emits the gradients of x, which it returns, and of the parameters.
  /// - Parameter rectifies: whether a ReLU was computed along, with nothing added before.
  func emitBackward(
    _ outputGradient: Operand, rectifies: Bool, _ site: OperatorSite, _ builder: inout PlanBuilder
  ) throws -> Operand {
    let gradient = try builder.reordered(
      outputGradient, to: source.descriptor, label: "\(site.name) output gradient", in: .backward)
    let inputGradient =
      builder.mayOverwrite(gradient)
      ? gradient : builder.operand("\(site.name) input gradient", source.descriptor)
    let weightGradient = try site.plainGradient("weight", &builder)
    let biasGradient = try site.plainGradient("bias", &builder)
    builder.emit(
      label: "\(site.name) backward", in: .backward,
      reads: [source.buffer, gradient.buffer] + results,
      writes: [inputGradient.buffer, weightGradient.buffer, biasGradient.buffer]
    ) { context in
      withUnsafePointer(to: kernelForm(context, reading: source)) { norm in
        tandem_fused_norm_backward(
          norm, context.floats(gradient), context.floats(inputGradient),
          context.floats(weightGradient), context.floats(biasGradient), maps, rectifies)
      }
    }
    return inputGradient
  }
}

extension PlanBuilder {
  /// Leaves the output of the present node to the addition that reads it.
  mutating func leaveToReader(_ norm: FusedNorm) {
    normsLeftToReader[node] = norm
  }

  /// What a node has left to its reader.
  func leftToReader(_ source: NetworkGraph.Source) -> FusedNorm? {
    if case .node(let index) = source { normsLeftToReader[index] } else { nil }
  }
}

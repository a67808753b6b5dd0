import CKernels
import TandemNetwork
import TandemTensor

extension Dropout: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    DropoutOperator(rate: rate, site)
  }
}

/// Inverted dropout (Srivastava et al. 2014): in training each element is zeroed with probability
/// `rate` and the others are scaled by 1 / (1 − rate); at inference nothing happens.
///
/// Whether an element survives is a pure function of (seed, epoch, the image's position in the
/// epoch, layer, element), so no split of the work over threads changes it. That needs the plain
/// element order: in a blocked one an element's place would depend on the machine.
final class DropoutOperator: Operator {
  private let rate: Float
  private let site: OperatorSite
  private var mask: Buffer.ID?
  private var isIdentity = false

  /// At inference, and for rate 0, the output is the input itself.
  var backwardReadsOutput: Bool { isIdentity && !site.mayOverwriteInput }

  init(rate: Float, _ site: OperatorSite) {
    self.rate = rate
    self.site = site
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    guard builder.isTraining, rate > 0 else {
      isIdentity = true
      return inputs[0]
    }
    let plain = try MemoryDescriptor.plain(site.node.outputShape.batched(builder.images))
    let input = try builder.reordered(
      inputs[0], to: plain, label: "\(site.name) input", in: .forward)
    let isCopy = input.buffer != inputs[0].buffer
    let output =
      site.mayOverwriteInput || isCopy ? input : builder.operand("\(site.name) output", plain)
    let mask = builder.buffer(
      "\(site.name) mask", byteCount: builder.images * site.node.outputShape.elementCount)
    self.mask = mask

    let images = builder.images
    let elements = site.node.outputShape.elementCount
    let layer = UInt32(site.dropoutIndex)
    let rate = rate
    let pieces = builder.features(ofNode: site.node.index)
    let firstImage = builder.firstImage
    builder.emit(
      label: "\(site.name) forward", in: .forward, reads: [input.buffer],
      writes: [output.buffer, mask]
    ) { context in
      guard let dropout = context.dropout else {
        preconditionFailure("a network with dropout is trained with a DropoutContext")
      }
      let key = CounterRandom(seed: dropout.seed, purpose: .dropout).key
      for image in 0..<images {
        var start = image * elements
        for piece in pieces {
          tandem_dropout_forward(
            context.floats(input) + start, context.floats(output) + start,
            context.bytes(mask) + start, piece.lowerBound, piece.count, rate, key, layer,
            dropout.position(ofImage: firstImage + image), dropout.epoch)
          start += piece.count
        }
      }
    }
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let mask else { return [outputGradient] }
    let plain = try MemoryDescriptor.plain(site.node.outputShape.batched(builder.images))
    let gradient = try builder.reordered(
      outputGradient, to: plain, label: "\(site.name) output gradient", in: .backward)
    let inputGradient =
      builder.mayOverwrite(gradient)
      ? gradient : builder.operand("\(site.name) input gradient", plain)
    let count = builder.images * site.node.outputShape.elementCount
    let scale = 1 / (1 - rate)
    builder.emit(
      label: "\(site.name) backward input", in: .backward, reads: [gradient.buffer, mask],
      writes: [inputGradient.buffer]
    ) { context in
      tandem_dropout_backward(
        context.floats(gradient), context.floats(inputGradient), context.bytes(mask), count, scale)
    }
    return [inputGradient]
  }
}

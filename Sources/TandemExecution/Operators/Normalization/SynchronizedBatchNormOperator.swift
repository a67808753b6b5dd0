import CKernels
import COneDNN
import Foundation
import TandemNetwork
import TandemTensor

/// Batch normalization over the images of all logical shards: each shard adds up its own, the sums
/// go round, and each normalises its own maps with the common statistics. At inference it is the
/// other operator, with running statistics.
final class SynchronizedBatchNormOperator: Operator {
  private let layer: BatchNorm2D
  private let site: OperatorSite
  private let inferenceOperator: BatchNormOperator
  private var source: Operand?
  private var maps: tandem_maps?
  /// For each channel the mean, and 1 / √(variance + ε), and the variance by n - 1.
  private var mean: Operand?
  private var inverseDeviation: Operand?
  private var variance: Operand?
  /// n, the values per channel of all shards.
  private var count: Buffer.ID?
  private var inputGradient: Operand?

  let backwardReadsOutput = false
  let inputGradientComesWithParameters = true

  init(_ layer: BatchNorm2D, _ site: OperatorSite) {
    self.layer = layer
    self.site = site
    inferenceOperator = BatchNormOperator(layer, site)
  }

  private var channels: Int { site.node.outputShape[0] }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    guard builder.isTraining else { return try inferenceOperator.forward(inputs, &builder) }
    let channels = channels
    let (source, maps) = try builder.blocked(
      inputs[0], shape: site.node.inputShapes[0], label: "\(site.name) input", in: .forward)
    let perChannel = try MemoryDescriptor.plain([channels])
    let mean = builder.operand("\(site.name) mean", perChannel)
    let inverse = builder.operand("\(site.name) inverse deviation", perChannel)
    let variance = builder.operand("\(site.name) variance", perChannel)
    let scale = builder.operand("\(site.name) scale", perChannel)
    let shift = builder.operand("\(site.name) shift", perChannel)
    let sums = builder.buffer(
      "\(site.name) sums", byteCount: (2 * channels + 1) * MemoryLayout<Double>.size)
    let count = builder.buffer("\(site.name) count", byteCount: MemoryLayout<Double>.size)
    let output = builder.operand("\(site.name) output", source.descriptor)
    let weight = try site.plainParameter("weight", &builder)
    let bias = try site.plainParameter("bias", &builder)
    let epsilon = Double(layer.epsilon)
    let values = Double(try layer.valuesPerChannel(site, images: builder.images))
    builder.emit(
      label: "\(site.name) forward", in: .forward,
      reads: [source.buffer, weight.buffer, bias.buffer],
      writes: [
        output.buffer, mean.buffer, inverse.buffer, variance.buffer, scale.buffer, shift.buffer,
        sums, count,
      ]
    ) { context in
      let sums = context.doubles(sums, count: 2 * channels + 1)
      guard let start = sums.baseAddress else { return }
      tandem_batch_norm_sums(context.floats(source), maps, start)
      sums[2 * channels] = values
      try context.sumOverShards?(sums)
      let total = sums[2 * channels]
      context.doubles(count, count: 1)[0] = total
      for channel in 0..<channels {
        let average = sums[2 * channel] / total
        let spread = max(0, sums[2 * channel + 1] / total - average * average)
        let factor = 1 / (spread + epsilon).squareRoot()
        context.floats(mean)[channel] = Float(average)
        context.floats(inverse)[channel] = Float(factor)
        context.floats(variance)[channel] = Float(spread * total / max(1, total - 1))
        let slope = Double(context.floats(weight)[channel]) * factor
        context.floats(scale)[channel] = Float(slope)
        context.floats(shift)[channel] = Float(
          Double(context.floats(bias)[channel]) - average * slope)
      }
      tandem_batch_norm_apply(
        context.floats(source), context.floats(output), maps, context.floats(scale),
        context.floats(shift))
    }
    self.source = source
    self.maps = maps
    self.mean = mean
    self.variance = variance
    self.count = count
    inverseDeviation = inverse
    return output
  }

  /// With S₁ = Σ dy and S₂ = Σ dy·(x − mean): db = S₁ and dw = S₂ / σ over the shard's own images,
  /// and dx = w / σ · (dy − S₁ / n − (x − mean) · S₂ / (n·σ²)) with the sums over all shards.
  func backwardParameters(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws {
    guard let source, let maps, let mean, let variance, let count, let inverseDeviation else {
      preconditionFailure("forward comes first")
    }
    let channels = channels
    let gradient = try builder.reordered(
      outputGradient, to: source.descriptor, label: "\(site.name) output gradient", in: .backward)
    let weight = try site.plainParameter("weight", &builder)
    let weightGradient = try site.plainGradient("weight", &builder)
    let biasGradient = try site.plainGradient("bias", &builder)
    let ownMean = try site.plainGradient("running_mean", &builder)
    let ownVariance = try site.plainGradient("running_var", &builder)
    let sums = builder.buffer(
      "\(site.name) gradient sums", byteCount: 2 * channels * MemoryLayout<Double>.size)
    let factors = builder.operand("\(site.name) factors", try .plain([3 * channels]))
    let images = builder.images
    let inputGradient = builder.operand("\(site.name) input gradient", source.descriptor)
    builder.emit(
      label: "\(site.name) backward", in: .backward,
      reads: [
        source.buffer, gradient.buffer, mean.buffer, variance.buffer, count,
        inverseDeviation.buffer, weight.buffer,
      ],
      writes: [
        inputGradient.buffer, weightGradient.buffer, biasGradient.buffer, ownMean.buffer,
        ownVariance.buffer, sums, factors.buffer,
      ]
    ) { context in
      let sums = context.doubles(sums, count: 2 * channels)
      guard let start = sums.baseAddress else { return }
      let inverse = context.floats(inverseDeviation)
      let share = context.share(ofImages: images)
      tandem_batch_norm_gradient_sums(
        context.floats(source), context.floats(gradient), maps, context.floats(mean), start)
      for channel in 0..<channels {
        context.floats(biasGradient)[channel] = Float(sums[2 * channel])
        context.floats(weightGradient)[channel] = Float(
          sums[2 * channel + 1] * Double(inverse[channel]))
      }
      tandem_scale(
        context.floats(ownMean), context.floats(mean), share, channels)
      tandem_scale(
        context.floats(ownVariance), context.floats(variance), share, channels)
      try context.sumOverShards?(sums)
      let total = context.doubles(count, count: 1)[0]
      let factors = context.floats(factors)
      for channel in 0..<channels {
        let deviation = Double(inverse[channel])
        let slope = Double(context.floats(weight)[channel]) * deviation
        factors[channel] = Float(slope)
        factors[channels + channel] = Float(
          -slope * deviation * deviation * sums[2 * channel + 1] / total)
        factors[2 * channels + channel] = Float(-slope * sums[2 * channel] / total)
      }
      tandem_batch_norm_backward(
        context.floats(source), context.floats(gradient), context.floats(inputGradient), maps,
        context.floats(mean), factors, factors + channels, factors + 2 * channels)
    }
    self.inputGradient = inputGradient
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let inputGradient else { preconditionFailure("the parameters' part comes first") }
    return [inputGradient]
  }
}

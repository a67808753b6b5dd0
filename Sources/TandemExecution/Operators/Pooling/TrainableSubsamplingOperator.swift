import CKernels
import TandemNetwork
import TandemTensor

extension TrainableSubsampling: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    TrainableSubsamplingOperator(self, site)
  }
}

/// y = weight[c] · (mean of a window) + bias[c], in plain order. Backward computes the means anew.
final class TrainableSubsamplingOperator: Operator {
  private let kernel: Size2D
  private let site: OperatorSite
  private var source: Operand?

  let backwardReadsOutput = false

  init(_ layer: TrainableSubsampling, _ site: OperatorSite) {
    kernel = layer.kernel
    self.site = site
  }

  private func maps(_ builder: PlanBuilder) -> tandem_maps {
    let input = site.node.inputShapes[0]
    return tandem_maps(
      images: builder.images, channels: input[0], rows: input[1], columns: input[2], block: 1,
      bfloat16: false)
  }

  private func plainGradient(
    _ outputGradient: Operand, _ builder: inout PlanBuilder
  ) throws -> Operand {
    try builder.reordered(
      outputGradient, to: .plain(site.node.outputShape.batched(builder.images)),
      label: "\(site.name) output gradient", in: .backward)
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let source = try builder.reordered(
      inputs[0], to: .plain(site.node.inputShapes[0].batched(builder.images)),
      label: "\(site.name) input", in: .forward)
    let output = builder.operand(
      "\(site.name) output", try .plain(site.node.outputShape.batched(builder.images)))
    let weight = try site.plainParameter("weight", &builder)
    let bias = try site.plainParameter("bias", &builder)
    let (maps, kernel) = (maps(builder), kernel)
    builder.emit(
      label: "\(site.name) forward", in: .forward,
      reads: [source.buffer, weight.buffer, bias.buffer], writes: [output.buffer]
    ) { context in
      tandem_subsampling_forward(
        context.floats(source), context.floats(output), maps, kernel.height, kernel.width,
        context.floats(weight), context.floats(bias))
    }
    self.source = source
    return output
  }

  func backwardParameters(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws {
    guard let source else { preconditionFailure("forward comes first") }
    let gradient = try plainGradient(outputGradient, &builder)
    let weightGradient = try site.plainGradient("weight", &builder)
    let biasGradient = try site.plainGradient("bias", &builder)
    let (maps, kernel) = (maps(builder), kernel)
    builder.emit(
      label: "\(site.name) backward parameters", in: .backward,
      reads: [source.buffer, gradient.buffer], writes: [weightGradient.buffer, biasGradient.buffer]
    ) { context in
      tandem_subsampling_backward_parameters(
        context.floats(source), context.floats(gradient), maps, kernel.height, kernel.width,
        context.floats(weightGradient), context.floats(biasGradient))
    }
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    let gradient = try plainGradient(outputGradient, &builder)
    let weight = try site.plainParameter("weight", &builder)
    let inputGradient = builder.operand(
      "\(site.name) input gradient", try .plain(site.node.inputShapes[0].batched(builder.images)))
    let (maps, kernel) = (maps(builder), kernel)
    builder.emit(
      label: "\(site.name) backward input", in: .backward,
      reads: [gradient.buffer, weight.buffer], writes: [inputGradient.buffer]
    ) { context in
      tandem_subsampling_backward_input(
        context.floats(gradient), context.floats(inputGradient), maps, kernel.height,
        kernel.width, context.floats(weight))
    }
    return [inputGradient]
  }
}

import CKernels
import TandemNetwork
import TandemTensor

extension RadialBasisOutput: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    RadialBasisOperator(self, site)
  }
}

/// y_i = −Σ_j (x_j − w_ij)², with fixed w; x `[N, F]`, y `[N, classes]`.
/// Backward: dx_j = −2 · Σ_i dy_i · (x_j − w_ij).
final class RadialBasisOperator: Operator {
  private let site: OperatorSite
  private let targets: [Float]
  private var source: Operand?

  let backwardReadsOutput = false

  init(_ layer: RadialBasisOutput, _ site: OperatorSite) {
    self.site = site
    targets = layer.targets.flatMap { $0.map(Float.init) }
  }

  private var features: Int { site.node.inputShapes[0].elementCount }
  private var classes: Int { site.node.outputShape.elementCount }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let source = try builder.reordered(
      inputs[0], to: .plain(site.node.inputShapes[0].batched(builder.images)),
      label: "\(site.name) input", in: .forward)
    let output = builder.operand(
      "\(site.name) output", try .plain(site.node.outputShape.batched(builder.images)))
    let (images, features, classes, targets) = (builder.images, features, classes, targets)
    builder.emit(
      label: "\(site.name) forward", in: .forward, reads: [source.buffer], writes: [output.buffer]
    ) { context in
      tandem_radial_basis_forward(
        context.floats(source), context.floats(output), targets, images, features, classes)
    }
    self.source = source
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    guard let source else { preconditionFailure("forward comes first") }
    let gradient = try builder.reordered(
      outputGradient, to: .plain(site.node.outputShape.batched(builder.images)),
      label: "\(site.name) output gradient", in: .backward)
    let inputGradient = builder.operand("\(site.name) input gradient", source.descriptor)
    let (images, features, classes, targets) = (builder.images, features, classes, targets)
    builder.emit(
      label: "\(site.name) backward input", in: .backward,
      reads: [source.buffer, gradient.buffer], writes: [inputGradient.buffer]
    ) { context in
      tandem_radial_basis_backward(
        context.floats(source), context.floats(gradient), context.floats(inputGradient), targets,
        images, features, classes)
    }
    return [inputGradient]
  }
}

import TandemNetwork
import TandemTensor

extension Flatten: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    FlattenOperator(site)
  }
}

/// `[N, C, H, W]` → `[N, C·H·W]`: brings the maps into plain order and reads them as vectors.
final class FlattenOperator: Operator {
  private let site: OperatorSite

  /// The output may be the very memory that the layer before reads in its backward.
  var backwardReadsOutput: Bool { !site.mayOverwriteInput }

  init(_ site: OperatorSite) {
    self.site = site
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    try builder.flattened(
      inputs[0], shape: site.node.inputShapes[0], label: "\(site.name) input")
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    let type = outputGradient.descriptor.elementType
    let gradient = try builder.reordered(
      outputGradient, to: .plain(site.node.outputShape.batched(builder.images), type),
      label: "\(site.name) output gradient", in: .backward)
    return [gradient.viewed(as: try .plain(site.node.inputShapes[0].batched(builder.images), type))]
  }
}

extension PlanBuilder {
  /// The operand as plain `[N, F]`, F being all elements of one image in `[C, H, W]` order.
  /// - Parameter type: of the elements; nil for that of the operand.
  mutating func flattened(
    _ operand: Operand, shape: Shape, as type: ElementType? = nil, label: String
  ) throws -> Operand {
    let type = type ?? operand.descriptor.elementType
    return try reordered(
      operand, to: .plain(shape.batched(images), type), label: label, in: .forward
    ).viewed(as: .plain([images, shape.elementCount], type))
  }
}

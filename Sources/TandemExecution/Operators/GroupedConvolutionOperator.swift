import COneDNN
import TandemNetwork
import TandemTensor

/// A convolution in groups whose groups are computed by Winograd's way, each as a convolution of its own:
/// oneDNN has that way for a single group only. Channels of a group are copied out of the input's blocks
/// and into the output's, which takes a tenth of what is saved.
///
/// Where Winograd's way does not pay, it is one convolution in groups.
final class GroupedConvolutionOperator: Operator {
  private let layer: Conv2D
  private let site: OperatorSite
  private let whole: ConvolutionOperator
  /// One for each group, once forward has decided for them.
  private var groups: [ConvolutionOperator] = []
  private var outputGradients: [Operand] = []
  private var inputFormat: MemoryDescriptor?

  let backwardReadsOutput = false

  init(_ layer: Conv2D, _ site: OperatorSite) {
    self.layer = layer
    self.site = site
    whole = ConvolutionOperator(layer, site)
  }

  /// Channels that oneDNN keeps together in the formats of 3×3 convolutions with AVX-512.
  private static let block = 16

  private func partShape(_ shape: Shape) -> Shape {
    [shape[0] / layer.groups, shape[1], shape[2]]
  }

  private func splits(_ builder: PlanBuilder) -> Bool {
    let input = partShape(site.node.inputShapes[0])
    let output = partShape(site.node.outputShape)
    var part = layer
    part.groups = 1
    part.outputChannels = output[0]
    return builder.isTraining && builder.precision == .float32 && WinogradRule.isOffered
      && input[0] % Self.block == 0
      && output[0] % Self.block == 0
      && WinogradRule.applies(to: part, input: input, output: output, images: builder.images)
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    guard splits(builder) else { return try whole.forward(inputs, &builder) }
    groups = (0..<layer.groups).map(group)
    let input = try blocked(inputs[0], site.node.inputShapes[0], "input", .forward, &builder)
    let output = builder.operand(
      "\(site.name) output",
      try .blocked(site.node.outputShape.batched(builder.images), block: Self.block))
    for (number, group) in groups.enumerated() {
      let part = try take(
        number, of: input, site.node.inputShapes[0], "input", .forward, &builder)
      let result = try group.forward([part], &builder)
      try put(result, number, into: output, site.node.outputShape, "output", .forward, &builder)
    }
    inputFormat = input.descriptor
    return output
  }

  func backwardParameters(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws {
    if groups.isEmpty { return try whole.backwardParameters(outputGradient, &builder) }
    let gradient = try blocked(
      outputGradient, site.node.outputShape, "output gradient", .backward, &builder)
    outputGradients = try groups.indices.map {
      try take($0, of: gradient, site.node.outputShape, "output gradient", .backward, &builder)
    }
    for (group, gradient) in zip(groups, outputGradients) {
      try group.backwardParameters(gradient, &builder)
    }
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    if groups.isEmpty { return try whole.backwardInput(outputGradient, &builder) }
    guard let inputFormat else { preconditionFailure("forward comes first") }
    let inputGradient = builder.operand("\(site.name) input gradient", inputFormat)
    for (number, group) in groups.enumerated() {
      let part = try group.backwardInput(outputGradients[number], &builder)[0]
      try put(
        part, number, into: inputGradient, site.node.inputShapes[0], "input gradient", .backward,
        &builder)
    }
    return [inputGradient]
  }

  // MARK: Parts

  /// The convolution of one group, with its part of the parameters.
  private func group(_ number: Int) -> ConvolutionOperator {
    var part = layer
    part.groups = 1
    part.outputChannels /= layer.groups
    return ConvolutionOperator(part, site.group(number, of: layer.groups))
  }

  private func blocked(
    _ operand: Operand, _ shape: Shape, _ what: String, _ section: PlanBuilder.Section,
    _ builder: inout PlanBuilder
  ) throws -> Operand {
    try builder.reordered(
      operand, to: .blocked(shape.batched(builder.images), block: Self.block),
      label: "\(site.name) \(what)", in: section)
  }

  private func window(
    _ number: Int, of whole: MemoryDescriptor, _ shape: Shape, _ builder: PlanBuilder
  ) -> MemoryDescriptor {
    let part = partShape(shape)
    guard let window = whole.window(part.batched(builder.images), at: [0, number * part[0], 0, 0])
    else { preconditionFailure("groups of whole blocks can be cut out") }
    return window
  }

  private func take(
    _ number: Int, of whole: Operand, _ shape: Shape, _ what: String,
    _ section: PlanBuilder.Section, _ builder: inout PlanBuilder
  ) throws -> Operand {
    let label = "\(site.name) \(what) of group \(number)"
    let part = builder.operand(
      label, try .blocked(partShape(shape).batched(builder.images), block: Self.block))
    try builder.reorder(
      whole.viewed(as: window(number, of: whole.descriptor, shape, builder)), to: part,
      label: "\(label) copy", in: section)
    return part
  }

  private func put(
    _ part: Operand, _ number: Int, into whole: Operand, _ shape: Shape, _ what: String,
    _ section: PlanBuilder.Section, _ builder: inout PlanBuilder
  ) throws {
    try builder.reorder(
      part, to: whole.viewed(as: window(number, of: whole.descriptor, shape, builder)),
      label: "\(site.name) \(what) of group \(number) copy", in: section)
  }
}

extension OperatorSite {
  /// The place of one of several groups of a convolution: its share of channels and of parameters.
  fileprivate func group(_ number: Int, of groups: Int) -> OperatorSite {
    func part(_ shape: Shape) -> Shape {
      Shape([shape[0] / groups] + shape.dimensions.dropFirst())
    }
    let entries = parameters.mapValues { entry in
      let shape = part(entry.parameter.shape)
      return entry.part(
        named: "\(entry.name) of group \(number)", shape: shape,
        offset: entry.offset + number * shape.elementCount)
    }
    return OperatorSite(
      node: node.part(
        inputShapes: node.inputShapes.map(part), outputShape: part(node.outputShape)),
      parameters: entries, fusedActivation: fusedActivation, isFusedIntoInput: isFusedIntoInput,
      precedingActivation: precedingActivation, leavesDerivativeToReader: leavesDerivativeToReader,
      leavesDerivativeToInput: leavesDerivativeToInput, overwritableInput: overwritableInput,
      isNetworkOutput: isNetworkOutput, dropoutIndex: dropoutIndex)
  }
}

import TandemNetwork
import TandemTensor

/// Calls a layer of the program's own, over plain float32, and checks that it wrote all that it had
/// to. Backward computes the gradients of parameters and inputs in one call.
final class OwnLayerOperator: Operator {
  private let layer: any OwnLayer
  private let site: OperatorSite
  private var inputs: [Operand] = []
  private var output: Operand?
  private var parameters: [(entry: ParameterLayout.Entry, operand: Operand)] = []
  private var inputGradients: [Operand] = []

  /// The caller may want it: all that forward saw stays.
  let backwardReadsOutput = true
  let inputGradientComesWithParameters = true

  init(_ layer: any OwnLayer, _ site: OperatorSite) {
    self.layer = layer
    self.site = site
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let images = builder.images
    self.inputs = try zip(inputs, site.node.inputShapes).map { input, shape in
      try builder.reordered(
        input, to: .plain(shape.batched(images)), label: "\(site.name) input", in: .forward)
    }
    let output = builder.operand(
      "\(site.name) output", try .plain(site.node.outputShape.batched(images)))
    parameters = try site.node.parameters.map {
      (site.parameter($0.name), try site.plainParameter($0.name, &builder))
    }
    let call = call(output: output, images: images, isTraining: builder.isTraining)
    let (layer, name) = (layer, site.name)
    builder.emit(
      label: "\(name) forward", in: .forward,
      reads: self.inputs.map(\.buffer) + parameters.map(\.operand.buffer),
      writes: [output.buffer]
    ) { context in
      let forward = call.forward(context)
      UnwrittenValues.mark(forward.output)
      try OwnLayerError.naming(name, layer, "forward") { try layer.forward(forward) }
      try UnwrittenValues.check(forward.output, "the output", name, layer, "forward")
    }
    self.output = output
    return output
  }

  private func call(output: Operand, images: Int, isTraining: Bool) -> OwnLayerCall {
    OwnLayerCall(
      images: images, inputShapes: site.node.inputShapes, outputShape: site.node.outputShape,
      inputs: inputs, parameters: parameters.map { ($0.entry.parameter.name, $0.operand) },
      output: output, isTraining: isTraining)
  }

  func backwardParameters(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws {
    guard let output else { preconditionFailure("forward comes first") }
    let gradient = try builder.reordered(
      outputGradient, to: output.descriptor, label: "\(site.name) output gradient", in: .backward)
    inputGradients = inputs.map { builder.operand("\(site.name) input gradient", $0.descriptor) }
    let parameterGradients = try parameters.map {
      try site.plainGradient($0.entry.parameter.name, &builder)
    }
    let names = parameters.map(\.entry.parameter.name)
    let call = call(output: output, images: builder.images, isTraining: true)
    let (layer, name, inputGradients) = (layer, site.name, inputGradients)
    let reads = inputs.map(\.buffer) + parameters.map(\.operand.buffer)
    builder.emit(
      label: "\(name) backward", in: .backward, reads: reads + [output.buffer, gradient.buffer],
      writes: (inputGradients + parameterGradients).map(\.buffer)
    ) { context in
      let written = call.backward(
        context, outputGradient: gradient, inputGradients: inputGradients,
        parameterGradients: Array(zip(names, parameterGradients)))
      for values in written.inputGradients { UnwrittenValues.mark(values) }
      for name in names { UnwrittenValues.mark(written.parameterGradient(name)) }
      try OwnLayerError.naming(name, layer, "backward") { try layer.backward(written) }
      for (index, values) in written.inputGradients.enumerated() {
        let which = written.inputGradients.count == 1 ? "its input" : "its input \(index)"
        try UnwrittenValues.check(values, "the gradient of \(which)", name, layer, "backward")
      }
      for parameter in names {
        try UnwrittenValues.check(
          written.parameterGradient(parameter), "the gradient of \(parameter)", name, layer,
          "backward")
      }
    }
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    inputGradients
  }
}

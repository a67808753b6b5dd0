import TandemNetwork

/// The place of an operator in the network.
struct OperatorSite {
  let node: NetworkGraph.Node
  /// The node's parameters in the arena, by name: `weight`, `bias`.
  let parameters: [String: ParameterLayout.Entry]
  /// The activation that follows and can be computed with the layer's output.
  let fusedActivation: Activation?
  /// This layer is an activation that its predecessor computes already.
  let isFusedIntoInput: Bool
  /// The activation before this layer, if it leaves its derivative to this layer.
  let precedingActivation: Activation?
  /// This layer is an activation whose derivative the layer after it applies.
  let leavesDerivativeToReader: Bool
  /// This layer is an activation whose derivative the layer before it applies.
  let leavesDerivativeToInput: Bool
  /// The only reader of this layer's output computes that along, if it is a normalization.
  let readerComputesAlong: Bool
  /// An input that nobody needs after this layer, so that its output may take the same place.
  let overwritableInput: Int?
  /// The output is one of the network's, which the loss reads.
  let isNetworkOutput: Bool
  /// The number of dropout layers before this one.
  let dropoutIndex: Int

  var name: String { node.name }

  /// Nobody needs this layer's only input after it.
  var mayOverwriteInput: Bool { node.inputs.count == 1 && overwritableInput == 0 }
}

extension OperatorSite {
  /// A parameter that the layer is known to have.
  func parameter(_ name: String) -> ParameterLayout.Entry {
    guard let entry = parameters[name] else {
      preconditionFailure("layer \(self.name) declares no parameter \(name)")
    }
    return entry
  }

  /// A parameter that the layer is known to have, in plain order.
  func plainParameter(_ name: String, _ builder: inout PlanBuilder) throws -> Operand {
    let entry = parameter(name)
    return try builder.parameter(
      entry, plain: entry.parameter.shape, as: .plain(entry.parameter.shape))
  }

  /// Where the gradient of such a parameter goes (of a running statistic, the statistic itself).
  func plainGradient(_ name: String, _ builder: inout PlanBuilder) throws -> Operand {
    let entry = parameter(name)
    return try builder.gradient(entry, plain: entry.parameter.shape)
  }

  /// The bias `[O]`, if the layer has one.
  func bias(_ builder: inout PlanBuilder) throws -> Operand? {
    parameters["bias"] == nil ? nil : try plainParameter("bias", &builder)
  }

  /// Where the gradient of the bias goes, if the layer has one.
  func biasGradient(_ builder: inout PlanBuilder) throws -> Operand? {
    parameters["bias"] == nil ? nil : try plainGradient("bias", &builder)
  }
}

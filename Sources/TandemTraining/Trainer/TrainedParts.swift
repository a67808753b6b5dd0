import TandemNetwork

/// What of a network is trained, and with which share of the learning rate: a pure function of the
/// network and `TrainingOptions`.
struct TrainedParts {
  /// The network with its frozen parameters.
  let graph: NetworkGraph
  let rates: ParameterRates
  /// Parameters that would follow a gradient and are frozen.
  let frozenParameters: Int

  /// - Throws: `TrainingError.unknownName` for a pattern that matches nothing,
  ///   `TrainingError.allFrozen`, `TrainingError.frozenRate`.
  init(_ network: NetworkGraph, _ options: TrainingOptions) throws(TrainingError) {
    var frozen: Set<String> = []
    for pattern in options.freeze {
      frozen.formUnion(
        try Self.naming("freeze", network) { () throws(UnknownName) in
          try network.trainedNames(matching: NamePattern(pattern))
        })
    }
    if let path = options.unfreezeFrom {
      frozen.formUnion(
        try Self.naming("unfreezeFrom", network) { () throws(UnknownName) in
          try network.trainedNames(before: path)
        })
    }
    let all = network.trainedNames
    if !frozen.isEmpty, frozen.count == all.count {
      throw .allFrozen(network: network.name)
    }
    graph = network.freezing(frozen)
    frozenParameters =
      network.parameterLayout.trainableParameters - graph.parameterLayout.trainableParameters

    var scales: [String: Float] = [:]
    for scale in options.learningRateScales {
      let names = try Self.naming("learningRateScales", network) { () throws(UnknownName) in
        try network.trainedNames(matching: NamePattern(scale.pattern))
      }
      if names.allSatisfy(frozen.contains) {
        throw .frozenRate(setting: "learningRateScales", value: "\(scale)")
      }
      for name in names { scales[name] = scale.factor }
    }
    if let rate = options.headLearningRate {
      let names = network.headNames
      if names.allSatisfy(frozen.contains) {
        throw .frozenRate(setting: "headLearningRate", value: "\(rate)")
      }
      for name in names { scales[name] = rate / options.learningRate }
    }
    rates = ParameterRates(
      graph.parameterLayout, scales: scales, normDecay: options.normWeightDecay)
  }

  private static func naming<Result>(
    _ setting: String, _ network: NetworkGraph, _ body: () throws(UnknownName) -> Result
  ) throws(TrainingError) -> Result {
    do {
      return try body()
    } catch {
      throw .unknownName(
        setting: setting, name: error.name, network: network.name, nearest: error.nearest)
    }
  }
}

extension NetworkGraph {
  /// The names of the trained parameters of `headNodes`.
  var headNames: [String] {
    headNodes.flatMap { node in
      node.parameters.filter { $0.role == .trained }.map { "\(node.name).\($0.name)" }
    }
  }
}

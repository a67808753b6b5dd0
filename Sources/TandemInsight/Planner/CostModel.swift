import TandemNetwork

/// What the layers and crossings of a placed network cost its first device.
package struct CostModel {
  private let placed: PlacedNetwork
  private let step: StepSetting
  private let exchange: ExchangeSetting
  private let link: NetworkLink
  private let division: ImageDivision
  private let times: (Int) -> LayerTimes

  package init(
    _ placed: PlacedNetwork, _ step: StepSetting, _ exchange: ExchangeSetting, link: NetworkLink,
    times: @escaping (Int) -> LayerTimes
  ) {
    self.placed = placed
    self.step = step
    self.exchange = exchange
    self.link = link
    self.times = times
    division = ImageDivision(placed.mesh, batchSize: step.batchSize)
  }

  func compute(_ node: NetworkGraph.Node) -> (forward: Double, backward: Double) {
    let output = placed.layers[node.index].output
    let times = times(output.images(division, part: 0, member: 0))
    let share =
      Double(placed.channels(ofNode: node.index, member: 0).count)
      / Double(node.outputShape.dimensions[0])
    return (times.forward[node.index] * share, times.backward[node.index] * share)
  }

  // MARK: Crossings

  func crossings(before node: NetworkGraph.Node) -> [Crossing] {
    placed.crossings.filter { $0.readers[0] == node.index }
  }

  func forward(_ crossing: Crossing) -> Transfer {
    transfer(crossing, elements: crossing.elementsSent(division, part: 0, member: 0))
  }

  func backward(_ crossing: Crossing) -> Transfer {
    guard crossing.hasGradient else { return Transfer() }
    return transfer(crossing, elements: crossing.elementsReceived(division, part: 0, member: 0))
  }

  private func transfer(_ crossing: Crossing, elements: Int) -> Transfer {
    Transfer(
      messages: step.pieces * (placed.mesh.model - 1), bytes: elements * MemoryLayout<Float>.size)
  }

  /// Slices of outputs, which all devices get for the losses.
  var outputs: [Transfer] { placed.outputCrossings.map(forward) }

  // MARK: Gradients

  /// Parameters that are exchanged at different times: running statistics after all gradients.
  package enum Parameters {
    case trained, statistics
  }

  /// What becomes of a layer's gradients, by parameter.
  package func gradients(_ node: NetworkGraph.Node, _ parameters: Parameters) -> [GradientCost] {
    let exchanges = placed.parameterShares(
      ofNode: node.index, division, part: 0, member: 0,
      isFactored: step.factoredNodes.contains(node.index))
    return zip(exchanges, node.parameters).filter { $0.0.isTrained == (parameters == .trained) }
      .map { cost($0, of: $1.shape.elementCount) }
  }

  /// - Parameter elementCount: of the whole parameter.
  private func cost(_ gradient: ParameterShare, of elementCount: Int) -> GradientCost {
    let isFactored = gradient.factorElements != nil
    let lines =
      (elementCount + ParameterLayout.alignmentElements - 1) / ParameterLayout.alignmentElements
    let all = Double(max(1, placed.graph.parameterLayout.trainableParameters))
    let owned = Double(gradient.elements) / Double(gradient.devices)
    let update = times(division.images(ofPart: 0, member: 0)).update
    // Inputs and output gradients of each mini-batch travel apart.
    let factorMessages = 2 * exchange.accumulatedBatches
    return GradientCost(
      sent: Transfer(
        messages: (gradient.devices - 1) * (isFactored ? factorMessages : 1),
        bytes: onTheWire(gradient.gradientBytesSent)
          * (isFactored ? exchange.accumulatedBatches : 1)),
      returned: Transfer(
        messages: gradient.devices - 1, bytes: onTheWire(gradient.parameterBytesSent)),
      updateSeconds: gradient.isTrained ? update * owned / all : 0,
      parameterBytes: lines * ParameterLayout.alignmentElements * MemoryLayout<Float>.size,
      kind: isFactored ? .factors : gradient.elements < elementCount ? .slice : .sum)
  }

  private func onTheWire(_ bytes: Int) -> Int {
    bytes / MemoryLayout<Float>.size * exchange.elementBytes
  }

  /// The cost of a layer for all mini-batches of a step.
  func cost(_ node: NetworkGraph.Node) -> StepPrediction.LayerCost {
    let compute = compute(node)
    let gradients = (gradients(node, .trained) + gradients(node, .statistics))
      .reduce(into: GradientCost()) { $0 += $1 }
    let exchanged = [gradients.sent, gradients.returned]
    let crossed = crossings(before: node).flatMap { [forward($0), backward($0)] }
    let batches = exchange.accumulatedBatches
    func seconds(_ transfers: [Transfer]) -> Double {
      transfers.reduce(0) { $0 + link.seconds(messages: $1.messages, bytes: $1.bytes) }
    }
    return StepPrediction.LayerCost(
      name: node.name, placement: placed.layers[node.index].placement,
      computeSeconds: (compute.forward + compute.backward) * Double(batches),
      gradientBytesSent: exchanged.reduce(0) { $0 + $1.bytes },
      crossingBytesSent: crossed.reduce(0) { $0 + $1.bytes } * batches,
      wireSeconds: seconds(crossed) * Double(batches) + seconds(exchanged))
  }
}

import TandemNetwork

/// What the layers and crossings of a placed network cost its first device.
struct CostModel {
  private let placed: PlacedNetwork
  private let step: StepSetting
  private let link: NetworkLink
  private let division: ImageDivision
  private let times: (Int) -> LayerTimes

  init(
    _ placed: PlacedNetwork, _ step: StepSetting, link: NetworkLink,
    times: @escaping (Int) -> LayerTimes
  ) {
    self.placed = placed
    self.step = step
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
    var transfer = Transfer(
      messages: step.pieces * (placed.mesh.model - 1),
      bytes: elements * MemoryLayout<Float>.size)
    if crossing.kind == .gatherImages, step.pieces > 1 {
      // All pieces but the first travel while the one before is computed, forward or backward.
      let rest = Double(step.pieces - 1) / Double(step.pieces)
      let seconds = link.seconds(messages: transfer.messages, bytes: transfer.bytes)
      transfer.hidden = rest * min(seconds, slicedSeconds / 2)
    }
    return transfer
  }

  /// Of computing what is placed `.model`.
  private var slicedSeconds: Double {
    placed.graph.nodes.filter { placed.layers[$0.index].placement == .model }.reduce(0) {
      let seconds = compute($1)
      return $0 + seconds.forward + seconds.backward
    }
  }

  /// Slices of outputs, which all devices get for the losses.
  var outputs: [Transfer] { placed.outputCrossings.map(forward) }

  // MARK: Gradients

  /// What becomes of a layer's gradients.
  func gradients(_ node: NetworkGraph.Node) -> GradientCost {
    let exchanges = placed.gradientExchanges(
      ofNode: node.index, division, part: 0, member: 0,
      isFactored: step.factoredNodes.contains(node.index))
    let messages = (exchanges.map(\.devices).max() ?? 1) - 1
    let owned = exchanges.filter(\.isTrained).reduce(0) {
      $0 + Double($1.elements) / Double($1.devices)
    }
    let all = Double(max(1, placed.graph.parameterLayout.trainableParameters))
    return GradientCost(
      sent: Transfer(
        messages: messages, bytes: exchanges.reduce(0) { $0 + $1.gradientBytesSent }),
      returned: Transfer(
        messages: messages, bytes: exchanges.reduce(0) { $0 + $1.parameterBytesSent }),
      updateSeconds: times(division.images(ofPart: 0, member: 0)).update * owned / all)
  }

  func cost(_ node: NetworkGraph.Node) -> StepPrediction.LayerCost {
    let compute = compute(node)
    let gradients = gradients(node)
    let crossings = crossings(before: node).flatMap { [forward($0), backward($0)] }
    return StepPrediction.LayerCost(
      name: node.name, placement: placed.layers[node.index].placement,
      computeSeconds: compute.forward + compute.backward,
      gradientBytesSent: gradients.sent.bytes + gradients.returned.bytes,
      crossingBytesSent: crossings.reduce(0) { $0 + $1.bytes },
      wireSeconds: (crossings + [gradients.sent, gradients.returned]).reduce(0) {
        $0 + link.seconds(messages: $1.messages, bytes: $1.bytes)
      })
  }
}

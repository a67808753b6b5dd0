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

  /// Of the parameters that the device owns.
  var update: Double {
    let load = DeviceLoad(placed, part: 0, member: 0, StepSetting(batchSize: step.batchSize))
    let all = placed.graph.parameterLayout.trainableParameters * MemoryLayout<Float>.size
    let images = division.images(ofPart: 0, member: 0)
    return times(images).update * Double(load.optimizerStateBytes) / Double(max(1, all))
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

  func gradients(_ node: NetworkGraph.Node) -> Transfer {
    let exchanges = placed.gradientExchanges(
      ofNode: node.index, division, part: 0, member: 0,
      isFactored: step.factoredNodes.contains(node.index))
    let devices = exchanges.map(\.devices).max() ?? 1
    return Transfer(
      messages: 2 * (devices - 1), bytes: exchanges.reduce(0) { $0 + $1.bytesSent })
  }

  func cost(_ node: NetworkGraph.Node) -> StepPrediction.LayerCost {
    let compute = compute(node)
    let gradients = gradients(node)
    let crossings = crossings(before: node).flatMap { [forward($0), backward($0)] }
    return StepPrediction.LayerCost(
      name: node.name, placement: placed.layers[node.index].placement,
      computeSeconds: compute.forward + compute.backward, gradientBytesSent: gradients.bytes,
      crossingBytesSent: crossings.reduce(0) { $0 + $1.bytes },
      wireSeconds: (crossings + [gradients]).reduce(0) {
        $0 + link.seconds(messages: $1.messages, bytes: $1.bytes)
      })
  }
}

import TandemNetwork

/// What a training step of a placed network would take, by a stated model:
///
/// - A device computes a layer in the time that one worker of this machine was measured to take for
///   as many images, times its share of the output channels.
/// - A message takes a latency and bytes / bandwidth; a device sends and receives at the same time.
/// - Crossings hold up everybody: forward before the first layer that reads them, backward behind
///   it. Several pieces are as many messages.
/// - Gradients are sent bucket by bucket as the last mini-batch's backward finishes them, while it
///   goes on; crossings go first.
/// - A device updates its share of a bucket when the gradients are there, and computes nothing
///   meanwhile; then the parameters are sent. Where gradients are needed as a whole, that begins
///   when all are there.
///
/// The first of all devices is looked at: where images cannot be divided evenly, it has the
/// most.
package struct StepPrediction: Hashable, Codable, Sendable {
  /// Seconds of the whole step.
  package let seconds: Double
  /// Seconds of computing layers, forward and backward.
  package let computeSeconds: Double
  /// Seconds of crossings, those of outputs before the losses among them.
  package let crossingSeconds: Double
  /// When a device neither computes nor updates, because gradients or parameters are under way.
  package let exposedGradientSeconds: Double
  package let updateSeconds: Double
  package let imagesPerSecond: Double
  /// Bytes that the device sends in all.
  package let bytesSent: Int
  package let crossings: Int
  /// The cost of each layer, in the order of the network.
  package let layers: [LayerCost]

  /// What one layer costs a device in a step.
  package struct LayerCost: Hashable, Codable, Sendable {
    package let name: String
    package let placement: Placement
    /// Forward and backward.
    package let computeSeconds: Double
    /// Sent by the device, there and back: gradients of the layer's parameters, and activations
    /// that cross before it.
    package let gradientBytesSent: Int
    package let crossingBytesSent: Int
    /// Seconds to send these, if nothing hid it.
    package let wireSeconds: Double

    package var bytesSent: Int { gradientBytesSent + crossingBytesSent }
    /// Computing and sending.
    package var seconds: Double { computeSeconds + wireSeconds }
  }

  /// - Parameters:
  ///   - times: of so many images, all that a device computes at once with this placement.
  package init(
    _ placed: PlacedNetwork, _ step: StepSetting, link: NetworkLink,
    exchange: ExchangeSetting = ExchangeSetting(), times: @escaping (Int) -> LayerTimes
  ) {
    let costs = CostModel(placed, step, exchange, link: link, times: times)
    var clock = StepSimulation(link: link, exchange)
    let nodes = placed.graph.nodes
    let gradients = nodes.reversed().map { costs.gradients($0, .trained) }
    let statistics = nodes.reversed().flatMap { costs.gradients($0, .statistics) }
    let ends = (gradients.joined() + statistics).endsOfBuckets(exchange)
    var finished = 0
    func finish(_ parameters: [GradientCost]) {
      for parameter in parameters {
        clock.finish(parameter, endsBucket: ends.contains(finished))
        finished += 1
      }
    }
    for batch in 1...exchange.accumulatedBatches {
      for node in nodes {
        for crossing in costs.crossings(before: node) { clock.cross(costs.forward(crossing)) }
        clock.compute(costs.compute(node).forward)
      }
      for output in costs.outputs { clock.cross(output) }
      for (node, gradients) in zip(nodes.reversed(), gradients) {
        clock.compute(costs.compute(node).backward)
        if batch == exchange.accumulatedBatches { finish(gradients) }
        for crossing in costs.crossings(before: node).reversed() {
          clock.cross(costs.backward(crossing))
        }
      }
    }
    finish(statistics)
    clock.end()

    computeSeconds = clock.computed
    crossingSeconds = clock.crossed
    updateSeconds = clock.updated
    seconds = max(clock.now, clock.networkFree)
    exposedGradientSeconds = max(0, seconds - computeSeconds - crossingSeconds - updateSeconds)
    imagesPerSecond = Double(step.batchSize * exchange.accumulatedBatches) / seconds
    crossings = placed.crossings.count
    layers = nodes.map { costs.cost($0) }
    bytesSent =
      layers.reduce(0) { $0 + $1.bytesSent }
      + costs.outputs.reduce(0) { $0 + $1.bytes } * exchange.accumulatedBatches
  }

  /// The numbers of images for which times are needed: of layers of either placement.
  package static func imageCounts(_ placed: PlacedNetwork, _ step: StepSetting) -> Set<Int> {
    let division = ImageDivision(placed.mesh, batchSize: step.batchSize)
    return Set(placed.layers.map { $0.output.images(division, part: 0, member: 0) })
  }
}

import TandemNetwork

/// How long one worker takes for each layer of a network and for a number of images, all of the
/// layer and all of its channels.
package struct LayerTimes: Hashable, Sendable {
  /// Images that were computed.
  package let images: Int
  /// Seconds, by the index of the node. What is computed along with another layer counts there.
  package let forward: [Double]
  package let backward: [Double]
  /// Seconds of the update of all parameters.
  package let update: Double

  package init(images: Int, forward: [Double], backward: [Double], update: Double) {
    self.images = images
    self.forward = forward
    self.backward = backward
    self.update = update
  }

  /// Adds up the operators of each layer. Those that bring parameters into other formats count as
  /// forward, gradients of weights that are computed in the exchange as backward.
  package init(images: Int, operators: [OperatorTime], update: Double, graph: NetworkGraph) {
    let index = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.name, $0.index) })
    var forward = Array(repeating: 0.0, count: graph.nodes.count)
    var backward = forward
    for time in operators {
      guard let node = index[time.layer] else { continue }
      switch time.section {
      case "prepare", "forward": forward[node] += time.seconds
      default: backward[node] += time.seconds
      }
    }
    self.init(images: images, forward: forward, backward: backward, update: update)
  }
}

import TandemNetwork

/// Gradients of the mean loss of one mini-batch, auxiliary outputs included: of the softmax
/// cross-entropy, or of the sigmoid's where there is a single output. By central differences, (L(x
/// + h) - L(x - h)) / 2h, one number at a time, on the reference network.
package struct NumericalGradient: Sendable {
  package let network: ReferenceNetwork
  /// `[N, C, H, W]`
  package let images: [Double]
  /// `[N]`
  package let labels: [Int32]
  package let smoothing: Double
  package let dropout: DropoutContext?
  /// h
  package let step: Double
  private let parameters: [String: [Double]]
  private let outputs: [[Double]]
  private let nodeOfParameter: [String: Int]

  /// Runs the network once; every difference then recomputes only what it changes.
  package init(
    network: ReferenceNetwork, images: [Double], labels: [Int32], parameters: [String: [Double]],
    smoothing: Double = 0, dropout: DropoutContext? = nil, step: Double = 1e-4
  ) {
    self.network = network
    self.images = images
    self.labels = labels
    self.parameters = parameters
    self.smoothing = smoothing
    self.dropout = dropout
    self.step = step
    outputs = network.forward(
      images: images, count: labels.count, parameters: parameters, dropout: dropout)
    nodeOfParameter = Dictionary(
      uniqueKeysWithValues: network.graph.parameterLayout.entries.map { ($0.name, $0.nodeIndex) })
  }

  /// The mean loss with nothing changed.
  package var loss: Double { loss(outputs) }

  /// ∂loss / ∂(one element of a parameter).
  /// - Parameter name: the full name, `conv1.weight`; must be one of the network's.
  package func ofParameter(_ name: String, element: Int) -> Double {
    guard let node = nodeOfParameter[name], let values = parameters[name] else {
      preconditionFailure("the network has no parameter \(name)")
    }
    return difference { change in
      var changed = values
      changed[element] += change
      var all = parameters
      all[name] = changed
      return loss(
        network.forward(
          from: node, reusing: outputs, images: images, count: labels.count, parameters: all,
          dropout: dropout))
    }
  }

  /// ∂loss / ∂(one element of the images).
  package func ofInput(element: Int) -> Double {
    difference { change in
      var changed = images
      changed[element] += change
      return loss(
        network.forward(
          images: changed, count: labels.count, parameters: parameters, dropout: dropout))
    }
  }

  private func difference(_ loss: (Double) -> Double) -> Double {
    (loss(step) - loss(-step)) / (2 * step)
  }

  private func loss(_ outputs: [[Double]]) -> Double {
    let classes = network.graph.outputShape.elementCount
    func loss(_ logits: [Double]) -> Double {
      classes == 1
        ? ReferenceNetwork.sigmoidCrossEntropy(logits: logits, labels: labels)
        : ReferenceNetwork.softmaxCrossEntropy(
          logits: logits, labels: labels, classes: classes, smoothing: smoothing)
    }
    let auxiliaries = network.graph.auxiliaryOutputs.map { ($0.node, Double($0.weight)) }
    return ([(outputs.count - 1, 1)] + auxiliaries).reduce(0) { sum, output in
      sum + output.1 * loss(outputs[output.0])
    }
  }
}

import TandemTensor

/// What one device of a mesh has in memory and sends to others in a training step, in bytes;
/// everything is float32.
package struct DeviceLoad: Hashable, Codable, Sendable {
  /// Images of its data part, which layers placed `.model` compute.
  package let images: Int
  /// Images of its own, which layers placed `.data` compute.
  package let ownImages: Int

  /// Parameters that it has, running statistics among them.
  package let parameterBytes: Int
  /// Gradients of those that are trained.
  package let gradientBytes: Int
  /// State of the optimizer for the parameters that the device updates: whoever shares parameters
  /// divides the work.
  package let optimizerStateBytes: Int
  /// Outputs of all layers as far as it computes them, each kept.
  package let activationBytes: Int
  /// What crossings bring together, the device's own part of it included.
  package let assembledBytes: Int

  /// Gradients that the device adds up with others'.
  package let exchangedGradientBytes: Int
  /// What it sends for that, and to give updated parameters to all.
  package let gradientBytesSent: Int
  /// Activations that it sends in forward, and gradients of activations in backward.
  package let crossingBytesSentForward: Int
  package let crossingBytesSentBackward: Int
  /// Its slices of outputs, for the losses that the others compute.
  package let outputBytesSent: Int

  package var memoryBytes: Int {
    parameterBytes + gradientBytes + optimizerStateBytes + activationBytes + assembledBytes
  }

  package var crossingBytesSent: Int { crossingBytesSentForward + crossingBytesSentBackward }

  package var bytesSent: Int { gradientBytesSent + crossingBytesSent + outputBytesSent }

  /// - Parameters:
  ///   - part: the device's data part.
  ///   - member: its number in the part's model group.
  package init(_ placed: PlacedNetwork, part: Int, member: Int, _ step: StepSetting) {
    let mesh = placed.mesh
    let division = ImageDivision(mesh, batchSize: step.batchSize)
    images = division.images(ofPart: part)
    ownImages = division.images(ofPart: part, member: member)

    let exchanges = placed.graph.nodes.flatMap { node in
      placed.parameterShares(
        ofNode: node.index, division, part: part, member: member,
        isFactored: step.factoredNodes.contains(node.index))
    }
    let trained = exchanges.filter(\.isTrained)
    let floatBytes = MemoryLayout<Float>.size
    parameterBytes = exchanges.reduce(0) { $0 + $1.elements } * floatBytes
    gradientBytes = trained.reduce(0) { $0 + $1.elements } * floatBytes
    optimizerStateBytes =
      trained.reduce(0) { $0 + ($1.elements + $1.devices - 1) / $1.devices }
      * step.optimizerStates * floatBytes
    exchangedGradientBytes =
      exchanges.reduce(0) { $0 + ($1.devices > 1 ? $1.elements : 0) } * floatBytes
    gradientBytesSent = exchanges.reduce(0) { $0 + $1.bytesSent }

    /// The elements that are kept: of a piece, for what is placed `.model`.
    func kept(_ elements: Int, _ distribution: Distribution) -> Int {
      distribution == .images ? elements : (elements + step.pieces - 1) / step.pieces
    }
    activationBytes =
      placed.graph.nodes.reduce(0) { sum, node in
        let output = placed.layers[node.index].output
        let count = output.images(division, part: part, member: member)
        let shape = placed.shape(ofNode: node.index, member: member)
        return sum + kept(count * shape.elementCount, output)
      } * floatBytes
    assembledBytes =
      (placed.crossings + placed.outputCrossings).reduce(0) {
        $0 + kept($1.elementsAssembled(division, part: part, member: member), $1.to)
      } * floatBytes

    func sent(_ crossings: [Crossing]) -> Int {
      crossings.reduce(0) { $0 + $1.elementsSent(division, part: part, member: member) }
        * floatBytes
    }
    crossingBytesSentForward = sent(placed.crossings)
    crossingBytesSentBackward =
      placed.crossings.filter(\.hasGradient).reduce(0) {
        $0 + $1.elementsReceived(division, part: part, member: member)
      } * floatBytes
    outputBytesSent = sent(placed.outputCrossings)
  }

  /// Those of all devices, in their order.
  package static func all(_ placed: PlacedNetwork, _ step: StepSetting) -> [DeviceLoad] {
    (0..<placed.mesh.data).flatMap { part in
      placed.mesh.members.map { DeviceLoad(placed, part: part, member: $0, step) }
    }
  }
}

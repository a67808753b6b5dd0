/// One parameter, as far as a device has it, and the exchange of its gradient with those devices
/// that have the same part.
package struct ParameterShare: Hashable, Sendable {
  /// The name within the layer.
  package let parameter: String
  /// Elements that the device has.
  package let elements: Int
  /// How many devices have them: all of the mesh for layers placed `.data`, one of each data part
  /// for those placed `.model`.
  package let devices: Int
  package let isTrained: Bool
  /// Elements of the factors of the gradient that the device has, where it travels as those.
  package let factorElements: Int?

  /// Every device owns an equal slice: it gets the others' gradients of it, adds them up, updates
  /// the parameters and gives them to all. So it sends each element but its own slice's once, and
  /// its slice to all others. Factors go to all others instead.
  package var bytesSent: Int { gradientBytesSent + parameterBytesSent }

  /// Bytes of gradients that go to the owners of slices.
  package var gradientBytesSent: Int {
    (factorElements.map { $0 * (devices - 1) } ?? elementsOfOthers) * MemoryLayout<Float>.size
  }

  /// Bytes of parameters on the way back.
  package var parameterBytesSent: Int { elementsOfOthers * MemoryLayout<Float>.size }

  /// Elements in the slices of others, as many as go from one slice to all others.
  private var elementsOfOthers: Int { elements * (devices - 1) / devices }
}

extension PlacedNetwork {
  /// The gradients of one layer that a device exchanges with others.
  package func parameterShares(
    ofNode index: Int, _ division: ImageDivision, part: Int, member: Int, isFactored: Bool = false
  ) -> [ParameterShare] {
    let node = graph.nodes[index]
    let layer = layers[index]
    let channels = channels(ofNode: index, member: member)
    return node.parameters.map { parameter in
      let elements = node.elementCount(of: parameter, for: channels)
      let isFactored = isFactored && parameter.name == "weight"
      let inputs = parameter.shape.elementCount / parameter.shape[0]
      let images = layer.output.images(division, part: part, member: member)
      return ParameterShare(
        parameter: parameter.name, elements: elements,
        devices: layer.placement == .data ? mesh.devices : mesh.data,
        isTrained: parameter.role == .trained,
        factorElements: isFactored ? images * (inputs + elements / max(1, inputs)) : nil)
    }
  }
}

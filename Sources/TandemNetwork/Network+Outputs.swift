extension Network {
  /// This network with another number of outputs: its last dense layer or convolution, and those of
  /// its auxiliary branches, have so many. Names do not change.
  ///
  /// - Returns: nil for a network that ends otherwise.
  package func withOutputs(_ count: Int) -> Network? {
    guard let changed = Self.withOutputs(count, elements) else { return nil }
    let network = Network(name: name, inputShape: inputShape, elements: changed).replacingElements {
      guard case .auxiliary(let inner, let weight) = $0.content else { return $0 }
      return NetworkElement(
        name: $0.name, .auxiliary(Self.withOutputs(count, inner) ?? inner, weight: weight))
    }
    // What stands behind the layer may have a number of outputs of its own.
    guard let output = try? network.graph().outputShape, output.rank == 1, output[0] == count
    else { return nil }
    return network
  }

  /// The same of some elements; nil if none of them can be changed.
  private static func withOutputs(
    _ count: Int, _ elements: [NetworkElement]
  ) -> [NetworkElement]? {
    for (index, element) in elements.enumerated().reversed() {
      var changed = element
      switch element.content {
      case .layer(let box):
        guard let layer = box.layer.withOutputs(count) else { continue }
        changed.content = .layer(AnyLayer(layer))
      case .block(let inner):
        guard let inner = withOutputs(count, inner) else { continue }
        changed.content = .block(inner)
      case .stage(let title, let inner):
        guard let inner = withOutputs(count, inner) else { continue }
        changed.content = .stage(title: title, inner)
      case .placed(let placement, let inner):
        guard let inner = withOutputs(count, inner) else { continue }
        changed.content = .placed(placement, inner)
      case .auxiliary: continue
      case .concat, .residual: return nil
      }
      var all = elements
      all[index] = changed
      return all
    }
    return nil
  }
}

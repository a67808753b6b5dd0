import TandemNetwork
import TandemTensor

extension ModelFile {
  /// The tensors under the names of a network's parameters where the file has names of its own: if
  /// both are chains, have as many weights and these the same shapes, one after the other. Nil for
  /// all else: in branches two weights of one shape could be exchanged and nobody would notice.
  func tensorsInOrder(for graph: NetworkGraph) -> [String: Tensor]? {
    let entries = graph.parameterLayout.entries
    guard let order, order.count == entries.count, graph.isChain,
      entries.allSatisfy({ tensors[$0.name] == nil })
    else { return nil }
    let names = graph.nodes.flatMap { node in node.parameters.map { "\(node.name).\($0.name)" } }
    let shapes = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.parameter.shape) })
    var named: [String: Tensor] = [:]
    for (name, own) in zip(names, order) {
      guard let tensor = tensors[own], tensor.shape == shapes[name] else { return nil }
      named[name] = tensor
    }
    return named.count == entries.count ? named : nil
  }
}

extension NetworkGraph {
  /// Whether each layer has the output of the one before and nothing else.
  fileprivate var isChain: Bool {
    nodes.allSatisfy { node in
      guard node.inputs.count == 1 else { return false }
      if case .node(let input) = node.inputs[0] { return input == node.index - 1 }
      return node.index == 0
    }
  }
}

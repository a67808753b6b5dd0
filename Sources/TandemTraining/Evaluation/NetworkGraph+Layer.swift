import TandemNetwork

extension NetworkGraph {
  /// The network as far as a layer or block.
  /// - Throws: `TrainingError.unknownLayer` with the names that come nearest.
  package func truncated(at path: String) throws(TrainingError) -> NetworkGraph {
    truncated(after: try layer(at: path).index)
  }

  /// The layer of a path, or the last one of a block.
  /// - Throws: as above.
  package func layer(at path: String) throws(TrainingError) -> Node {
    do {
      return try node(at: path, last: true)
    } catch {
      throw .unknownLayer(name: error.name, network: name, nearest: error.nearest)
    }
  }
}

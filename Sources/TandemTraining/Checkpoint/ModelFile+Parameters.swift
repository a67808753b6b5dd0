import TandemNetwork
import TandemTensor

extension ModelFile {
  /// The weights as they lie in an arena of a network's parameters.
  ///
  /// - Returns: the arena, laid out as the graph says, and what the user should know, each in one
  ///   line.
  /// - Throws: `TrainingError.weightsDoNotFit`, `TrainingError.nonFiniteWeights`, `MemoryError`.
  package func parameters(
    of network: Network, _ graph: NetworkGraph
  ) throws -> (arena: MemoryArena, notes: [String]) {
    let arena = try MemoryArena(
      byteCount: graph.parameterLayout.elementCount * MemoryLayout<Float>.size,
      purpose: "parameters", use: .parameters)
    let notes = try load(
      into: arena, graph: graph, network: network,
      .auxiliaryHeads(of: graph, fate: "only training uses"))
    return (arena, notes)
  }
}

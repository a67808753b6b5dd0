import TandemTensor

/// One row of a network's table of stages, as its paper has it.
package struct StageSummary: Hashable, Codable, Sendable {
  /// What the paper calls it: `conv2_x`. A layer outside of all stages has its own name.
  package let title: String
  /// Without the batch axis.
  package let outputShape: Shape
  /// The layers in the notation of papers, in order: `3×3 max pool, stride 2`, `[3×3, 64; 3×3, 64]
  /// × 3`. Activations and batch normalizations are left out, and so is what a shortcut computes.
  package let layers: [String]
  /// Trainable ones.
  package let parameters: Int
  package let multiplyAdds: Int

  /// The stages of a network in order; none if it does not say which it has.
  static func stages(of graph: NetworkGraph) -> [StageSummary] {
    guard graph.nodes.contains(where: { $0.stage != nil }) else { return [] }
    return rows(graph.nodes).map { nodes in
      let last = nodes[nodes.endIndex - 1]
      return StageSummary(
        title: last.stage ?? last.name, outputShape: last.outputShape,
        layers: StageNotation.texts(graph.notation(of: nodes.map(\.index))),
        parameters: nodes.reduce(0) { $0 + $1.trainableParameters },
        multiplyAdds: nodes.reduce(0) { $0 + $1.multiplyAdds })
    }
  }

  /// Neighbours of the same stage and branch together, and others alone, if a table would show
  /// them.
  private static func rows(_ nodes: [NetworkGraph.Node]) -> [ArraySlice<NetworkGraph.Node>] {
    let rows = nodes.indices.reduce(into: [Range<Int>]()) { rows, index in
      let node = nodes[index]
      if index > 0, let stage = node.stage, stage == nodes[index - 1].stage,
        node.isAuxiliary == nodes[index - 1].isAuxiliary
      {
        rows[rows.count - 1] = rows[rows.count - 1].lowerBound..<index + 1
      } else if node.stage != nil || node.layer.notation != nil || node.trainableParameters > 0 {
        rows.append(index..<index + 1)
      }
    }
    return rows.map { nodes[$0] }
  }

  /// A table for people. What has several parts takes several lines.
  static func table(_ stages: [StageSummary]) -> String {
    var table = TextTable(columns: [
      .left("Stage"), .left("Output shape"), .right("Parameters"), .right("Multiply-adds"),
      .left("Layers"),
    ])
    for stage in stages {
      table.rows.append([
        stage.title, stage.outputShape.batchedDescription, stage.parameters.grouped,
        stage.multiplyAdds.grouped, stage.layers.first ?? "",
      ])
      for layer in stage.layers.dropFirst() { table.rows.append(["", "", "", "", layer]) }
    }
    return table.text
  }
}

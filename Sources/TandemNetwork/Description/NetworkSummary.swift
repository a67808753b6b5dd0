import Foundation
import TandemTensor

/// What a network consists of and costs: a table for people, JSON for programs.
public struct NetworkSummary: Hashable, Codable, Sendable {
  public let name: String
  /// `[C, H, W]`
  public let inputShape: Shape
  /// `[F]` or `[C, H, W]`
  public let outputShape: Shape
  public let layers: [LayerSummary]
  /// The rows of the paper's table; none if the network does not say which it has.
  package let stages: [StageSummary]
  public let trainableParameters: Int
  /// What is left of them at inference; the same number in networks without auxiliary heads.
  public let parametersWithoutAuxiliaryHeads: Int
  /// Multiply-add pairs of one image's forward pass in convolutions and dense layers, at inference:
  /// those of auxiliary heads do not count.
  public let multiplyAdds: Int
  /// Bytes of every layer's output for one image, each kept as float32 (what training remembers at
  /// most; the engine may share and fuse).
  public let activationBytes: Int
  /// Bytes of all parameters as float32.
  public let parameterBytes: Int

  public struct LayerSummary: Hashable, Codable, Sendable {
    /// The dotted path.
    public let name: String
    /// The layer's type: `Conv2D`.
    public let kind: String
    /// Paths of the layers it reads; `input` is the network's input.
    public let inputs: [String]
    /// Without the batch axis.
    public let outputShape: Shape
    /// Trainable ones.
    public let parameters: Int
    public let multiplyAdds: Int
    /// Whether it is part of an auxiliary head, and so left out at inference.
    public let isAuxiliary: Bool
  }

  public init(_ graph: NetworkGraph) {
    name = graph.name
    inputShape = graph.inputShape
    outputShape = graph.outputShape
    layers = graph.nodes.map { node in
      LayerSummary(
        name: node.name, kind: "\(type(of: node.layer))",
        inputs: node.inputs.map { source in
          switch source {
          case .networkInput: "input"
          case .node(let index): graph.nodes[index].name
          }
        },
        outputShape: node.outputShape,
        parameters: node.trainableParameters, multiplyAdds: node.multiplyAdds,
        isAuxiliary: node.isAuxiliary)
    }
    stages = StageSummary.stages(of: graph)
    let bytesPerElement = MemoryLayout<Float>.size
    trainableParameters = graph.parameterLayout.trainableParameters
    let inference = graph.nodes.filter { !$0.isAuxiliary }
    parametersWithoutAuxiliaryHeads = inference.reduce(0) { $0 + $1.trainableParameters }
    multiplyAdds = inference.reduce(0) { $0 + $1.multiplyAdds }
    activationBytes = graph.nodes.reduce(0) { $0 + $1.outputShape.elementCount } * bytesPerElement
    parameterBytes = trainableParameters * bytesPerElement
  }

  /// A table of layers, output shapes `[N, C, H, W]` and parameters, that of stages, if the network
  /// has any, then totals; several lines.
  public func table() -> String {
    let tables = stages.isEmpty ? [layerTable()] : [layerTable(), "", StageSummary.table(stages)]
    return ([title] + tables + totals()).joined(separator: "\n")
  }

  /// The table of stages, then totals; several lines.
  public func stageTable() -> String {
    ([title, StageSummary.table(stages)] + totals()).joined(separator: "\n")
  }

  private var title: String { "\(name), input \(inputShape.batchedDescription)" }

  /// What each layer reads is a column of its own where a layer reads another than the one before.
  private func layerTable() -> String {
    let isChain = zip(layers.dropFirst(), layers).allSatisfy { $0.inputs == [$1.name] }
    var table = TextTable(columns: [
      .left("Layer (kind)"), .left("Output shape"), .right("Parameters"), .right("Multiply-adds"),
    ])
    if !isChain { table.columns.append(.left("Reads")) }
    for layer in layers {
      var row = [
        "\(layer.name) (\(layer.kind))", layer.outputShape.batchedDescription,
        layer.parameters.grouped, layer.multiplyAdds.grouped,
      ]
      if !isChain { row.append(layer.inputs.joined(separator: ", ")) }
      table.rows.append(row)
    }
    return table.text
  }

  private func totals() -> [String] {
    let hasHeads = layers.contains(where: \.isAuxiliary)
    let totals = [
      (
        "Trainable parameters",
        trainableParameters.grouped
          + (hasHeads
            ? " (\(parametersWithoutAuxiliaryHeads.grouped) without the auxiliary heads)" : "")
      ),
      (
        "Multiply-adds per image",
        multiplyAdds.grouped + (hasHeads ? " (without the auxiliary heads)" : "")
      ),
      ("Activation memory per image", Self.memory(activationBytes)),
      ("Parameter memory", Self.memory(parameterBytes)),
    ]
    let width = totals.map(\.0.count).max() ?? 0
    return totals.map { label, value in
      "\(label):".padding(toLength: width + 2, withPad: " ", startingAt: 0) + value
    }
  }

  /// `5_242_880` → `5.00 MiB`
  static func memory(_ bytes: Int) -> String {
    let units: [(String, Double)] = [("GiB", 0x1p30), ("MiB", 0x1p20), ("KiB", 0x1p10)]
    guard let (unit, size) = units.first(where: { Double(bytes) >= $0.1 }) else {
      return "\(bytes) bytes"
    }
    return String(format: "%.2f", Double(bytes) / size) + " \(unit)"
  }
}

extension NetworkGraph.Node {
  /// Elements of the parameters that follow a gradient.
  var trainableParameters: Int {
    parameters.filter { $0.role == .trained }.reduce(0) { $0 + $1.shape.elementCount }
  }
}

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
  public let trainableParameters: Int
  /// Multiply-add pairs of one image's forward pass in convolutions and dense layers.
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
    public let parameters: Int
    public let multiplyAdds: Int
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
        parameters: node.parameters.reduce(0) { $0 + $1.shape.elementCount },
        multiplyAdds: node.multiplyAdds)
    }
    let bytesPerElement = MemoryLayout<Float>.size
    trainableParameters = graph.parameterLayout.trainableParameters
    multiplyAdds = graph.nodes.reduce(0) { $0 + $1.multiplyAdds }
    activationBytes = graph.nodes.reduce(0) { $0 + $1.outputShape.elementCount } * bytesPerElement
    parameterBytes = trainableParameters * bytesPerElement
  }

  /// A table of layers, output shapes `[N, C, H, W]` and parameters, then totals; several lines.
  /// What each layer reads is a column of its own where a layer reads another than the one before.
  public func table() -> String {
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
    let totals = [
      ("Trainable parameters", trainableParameters.grouped),
      ("Multiply-adds per image", multiplyAdds.grouped),
      ("Activation memory per image", Self.memory(activationBytes)),
      ("Parameter memory", Self.memory(parameterBytes)),
    ]
    let width = totals.map(\.0.count).max() ?? 0
    let totalLines = totals.map { label, value in
      "\(label):".padding(toLength: width + 2, withPad: " ", startingAt: 0) + value
    }
    return "\(name), input \(inputShape.batchedDescription)\n" + table.text + "\n"
      + totalLines.joined(separator: "\n")
  }

  private static func memory(_ bytes: Int) -> String {
    let units: [(String, Double)] = [("GiB", 0x1p30), ("MiB", 0x1p20), ("KiB", 0x1p10)]
    guard let (unit, size) = units.first(where: { Double(bytes) >= $0.1 }) else {
      return "\(bytes) bytes"
    }
    return String(format: "%.2f", Double(bytes) / size) + " \(unit)"
  }
}

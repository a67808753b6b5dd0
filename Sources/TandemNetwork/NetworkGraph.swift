import TandemTensor

/// A network with every shape inferred: its layers as a directed acyclic graph in an order in which
/// each node follows its inputs.
public struct NetworkGraph: Sendable {
  public let name: String
  /// `[C, H, W]`
  public let inputShape: Shape
  /// The nodes; the last one is the output.
  public let nodes: [Node]
  /// Outputs of side branches, which count in the loss of training only.
  public let auxiliaryOutputs: [AuxiliaryOutput]
  /// Where each parameter lives in the arena of all parameters.
  public let parameterLayout: ParameterLayout

  public var outputShape: Shape { nodes.last?.outputShape ?? inputShape }

  /// - Parameter parameterLayout: nil for an arena of the nodes' parameters.
  init(
    name: String, inputShape: Shape, nodes: [Node], auxiliaryOutputs: [AuxiliaryOutput] = [],
    parameterLayout: ParameterLayout? = nil
  ) {
    self.name = name
    self.inputShape = inputShape
    self.nodes = nodes
    self.auxiliaryOutputs = auxiliaryOutputs
    self.parameterLayout = parameterLayout ?? ParameterLayout(nodes: nodes)
  }

  /// One layer at its place in the network.
  public struct Node: Sendable {
    public let index: Int
    /// The dotted path, unique in the network: `conv1`, `inception3a.branch1.conv`.
    public let name: String
    public let layer: any Layer
    public let inputs: [Source]
    public let inputShapes: [Shape]
    public let outputShape: Shape
    public let parameters: [Parameter]
    public let multiplyAdds: Int
    /// What the network's paper calls the part that the layer belongs to, if the network says so.
    public let stage: String?
    /// The placement that the network's description asks for, whatever the parallelism of a run.
    public let placement: Placement?
    /// Whether only the output of an auxiliary branch depends on the node.
    public let isAuxiliary: Bool

    /// The same node as if it had other shapes: for what computes a layer in parts.
    package func part(inputShapes: [Shape], outputShape: Shape) -> Node {
      Node(
        index: index, name: name, layer: layer, inputs: inputs, inputShapes: inputShapes,
        outputShape: outputShape, parameters: parameters, multiplyAdds: multiplyAdds, stage: stage,
        placement: placement, isAuxiliary: isAuxiliary)
    }
  }

  /// The end of an auxiliary branch.
  public struct AuxiliaryOutput: Hashable, Sendable {
    public let node: Int
    /// What its loss is multiplied with.
    public let weight: Float
  }

  /// Where a node's input comes from.
  public enum Source: Hashable, Sendable {
    case networkInput
    case node(Int)
  }
}

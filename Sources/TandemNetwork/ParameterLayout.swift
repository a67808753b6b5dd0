import TandemTensor

/// Where each parameter lives in one arena of float32: in the order in which backward finishes the
/// gradients (last layer first), so that whatever is ready to be exchanged is a prefix. Parameter and
/// gradient arenas share this layout. Elements are in PyTorch's plain order, `[O, I, KH, KW]`.
public struct ParameterLayout: Hashable, Sendable {
  /// Every parameter starts at a cache line.
  public static let alignmentElements = 16

  /// In arena order.
  public let entries: [Entry]
  /// Elements of the whole arena, padding included.
  public let elementCount: Int

  public struct Entry: Hashable, Sendable {
    /// The node's path and the parameter's name: `conv1.weight`.
    public let name: String
    public let nodeIndex: Int
    public let parameter: Parameter
    /// The first element in the arena.
    public let offset: Int

    public var elementCount: Int { parameter.shape.elementCount }
    public var range: Range<Int> { offset..<(offset + elementCount) }
  }

  init(nodes: [NetworkGraph.Node]) {
    var entries: [Entry] = []
    var offset = 0
    for node in nodes.reversed() {
      for parameter in node.parameters {
        entries.append(
          Entry(
            name: "\(node.name).\(parameter.name)", nodeIndex: node.index, parameter: parameter,
            offset: offset))
        let alignment = Self.alignmentElements
        offset += (parameter.shape.elementCount + alignment - 1) / alignment * alignment
      }
    }
    self.entries = entries
    self.elementCount = offset
  }

  /// Trainable parameters, padding left out.
  public var trainableParameters: Int { entries.reduce(0) { $0 + $1.elementCount } }

  public func entries(ofNode index: Int) -> [Entry] { entries.filter { $0.nodeIndex == index } }
}

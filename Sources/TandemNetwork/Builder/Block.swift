/// Elements one after the other in a scope of names: `Block("stem") { Conv2D(…) }` holds
/// `stem.conv1`. It adds no node of its own to the graph.
public struct Block: NetworkComponent, Hashable {
  public let element: NetworkElement

  /// - Parameter name: automatic (`block1`) if nil.
  public init(_ name: String? = nil, @NetworkBuilder _ content: () -> [NetworkElement]) {
    element = NetworkElement(name: name, .block(content()))
  }
}

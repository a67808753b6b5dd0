/// Branches that all read the same input and whose channels are joined in order:
///
/// ```swift
/// Concat("inception3a") {
///   Branch { Conv2D(64, kernel: 1) }                              // inception3a.branch1.conv1
///   Branch { Conv2D(96, kernel: 1); Conv2D(128, kernel: 3, padding: 1) }
/// }
/// ```
///
/// In the graph the join is a node with the container's own path (`inception3a`).
public struct Concat: NetworkComponent, Hashable {
  public let element: NetworkElement

  /// - Parameter name: automatic (`concat1`) if nil.
  public init(_ name: String? = nil, @BranchBuilder _ branches: () -> [Branch]) {
    element = NetworkElement(name: name, .concat(branches()))
  }
}

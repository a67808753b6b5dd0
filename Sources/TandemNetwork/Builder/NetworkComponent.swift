/// Anything that can stand in a network's braces: a layer or a container such as `Block`, `Concat`,
/// `Residual`, `Auxiliary`, `Stage` and `Placed`.
public protocol NetworkComponent: Sendable {
  var element: NetworkElement { get }
}

extension NetworkComponent {
  /// Gives the layer or container a name of its own in place of the automatic one (`conv1`).
  /// The name becomes part of the parameters' names, so it is what weight files know it by.
  /// - Parameter name: letters, digits, `_` and `-`; unique among its siblings.
  public func named(_ name: String) -> NetworkElement {
    var element = element
    element.name = name
    return element
  }
}

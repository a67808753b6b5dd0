/// Two paths from the same input, added at the end (He et al. 2015,
/// https://arxiv.org/abs/1512.03385):
///
/// ```swift
/// Residual {
///   Conv2D(64, kernel: 3, stride: 2, padding: 1)                  // residual1.conv1
/// } shortcut: {
///   Conv2D(64, kernel: 1, stride: 2)                              // residual1.shortcut.conv1
/// }
/// ```
///
/// Without a shortcut the input itself is added. In the graph the sum is a node with the
/// container's own path (`residual1`); its inputs are the main path and the shortcut, in this
/// order.
public struct Residual: NetworkComponent, Hashable {
  public let element: NetworkElement

  /// - Parameters:
  ///   - name: automatic (`residual1`) if nil.
  ///   - shortcutName: the scope of the shortcut's names.
  public init(
    _ name: String? = nil, shortcutName: String = "shortcut",
    @NetworkBuilder _ main: () -> [NetworkElement],
    @NetworkBuilder shortcut: () -> [NetworkElement] = { [] }
  ) {
    element = NetworkElement(
      name: name,
      .residual(main: main(), shortcut: shortcut(), shortcutName: shortcutName))
  }
}

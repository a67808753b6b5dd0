/// Elements that belong together in the network's paper, `conv2_x` of ResNet for example: a row of
/// the summary's table of stages. It adds neither a node nor a scope of names.
public struct Stage: NetworkComponent, Hashable {
  public let element: NetworkElement

  /// - Parameter title: as the paper's table has it.
  public init(_ title: String, @NetworkBuilder _ content: () -> [NetworkElement]) {
    element = NetworkElement(.stage(title: title, content()))
  }
}

/// One element of a network: a layer or a container of elements, with its explicit name if it has
/// one.
public struct NetworkElement: NetworkComponent, Hashable, Sendable {
  public var name: String?
  public var content: Content

  public init(name: String? = nil, _ content: Content) {
    self.name = name
    self.content = content
  }

  public var element: NetworkElement { self }

  public enum Content: Hashable, Sendable {
    case layer(AnyLayer)
    /// Elements one after the other, in a scope of names.
    case block([NetworkElement])
    /// Branches that all read the same input, joined by `Concatenation`.
    case concat([Branch])
    /// Two paths from the same input, joined by `Addition`. An empty shortcut is the input itself.
    case residual(main: [NetworkElement], shortcut: [NetworkElement], shortcutName: String)
    /// A branch with an output of its own, for training only.
    case auxiliary([NetworkElement], weight: Float)
    /// Elements one after the other, without a scope of names.
    case stage(title: String, [NetworkElement])
    /// The same, with a placement over devices.
    case placed(Placement, [NetworkElement])
  }

  /// What automatic names start with.
  var namePrefix: String {
    switch content {
    case .layer(let box): type(of: box.layer).namePrefix
    case .block: "block"
    case .concat: "concat"
    case .residual: "residual"
    case .auxiliary: "auxiliary"
    case .stage: "stage"
    case .placed: "placed"
    }
  }
}

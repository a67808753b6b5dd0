/// One branch of a `Concat`.
public struct Branch: Hashable, Codable, Sendable {
  /// Automatic (`branch1`) if nil.
  public var name: String?
  public var elements: [NetworkElement]

  public init(_ name: String? = nil, @NetworkBuilder _ content: () -> [NetworkElement]) {
    self.init(name: name, elements: content())
  }

  public init(name: String?, elements: [NetworkElement]) {
    self.name = name
    self.elements = elements
  }

  private enum CodingKeys: String, CodingKey {
    case name
    case elements = "layers"
  }
}

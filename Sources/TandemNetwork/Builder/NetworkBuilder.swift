/// Collects what stands in the braces of a `Network` or container, top to bottom: any number of
/// layers and containers, `if` with or without `else`, `switch`, `for`, and arrays.
@resultBuilder
public enum NetworkBuilder {
  public static func buildExpression(_ component: any NetworkComponent) -> [NetworkElement] {
    [component.element]
  }

  public static func buildExpression(_ components: [any NetworkComponent]) -> [NetworkElement] {
    components.map(\.element)
  }

  public static func buildBlock(_ parts: [NetworkElement]...) -> [NetworkElement] {
    parts.flatMap { $0 }
  }

  public static func buildOptional(_ part: [NetworkElement]?) -> [NetworkElement] { part ?? [] }
  public static func buildEither(first: [NetworkElement]) -> [NetworkElement] { first }
  public static func buildEither(second: [NetworkElement]) -> [NetworkElement] { second }
  public static func buildArray(_ parts: [[NetworkElement]]) -> [NetworkElement] {
    parts.flatMap { $0 }
  }
  public static func buildLimitedAvailability(_ part: [NetworkElement]) -> [NetworkElement] { part }
}

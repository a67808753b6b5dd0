/// Collects the branches in the braces of a `Concat`; takes the same forms as `NetworkBuilder`.
@resultBuilder
public enum BranchBuilder {
  public static func buildExpression(_ branch: Branch) -> [Branch] { [branch] }
  public static func buildExpression(_ branches: [Branch]) -> [Branch] { branches }
  public static func buildBlock(_ parts: [Branch]...) -> [Branch] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [Branch]?) -> [Branch] { part ?? [] }
  public static func buildEither(first: [Branch]) -> [Branch] { first }
  public static func buildEither(second: [Branch]) -> [Branch] { second }
  public static func buildArray(_ parts: [[Branch]]) -> [Branch] { parts.flatMap { $0 } }
  public static func buildLimitedAvailability(_ part: [Branch]) -> [Branch] { part }
}

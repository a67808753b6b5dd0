/// Rows and columns at the four sides of a map.
public struct Edges: Hashable, Codable, Sendable {
  public var top: Int
  public var bottom: Int
  public var left: Int
  public var right: Int

  public static let zero = Edges(top: 0, bottom: 0, left: 0, right: 0)

  public init(top: Int, bottom: Int, left: Int, right: Int) {
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  /// Top and bottom together.
  public var rows: Int { top + bottom }
  /// Left and right together.
  public var columns: Int { left + right }
}

/// What one device puts down at a crossing for some of the others.
public struct CrossingSegment: Hashable, Sendable {
  /// The device of the group that puts it down.
  public let giver: Int
  /// Those that read it, ascending.
  public let takers: [Int]
  /// Where it is in the group's memory; begins at a multiple of 64.
  public let bytes: Range<Int>
  /// Whether it has float32 numbers, for which its place in the memory is made, or shorter ones.
  public let fillsPlace: Bool

  package init(
    giver: Int, takers: [Int], bytes: Range<Int>, fillsPlace: Bool = true
  ) {
    self.giver = giver
    self.takers = takers
    self.bytes = bytes
    self.fillsPlace = fillsPlace
  }
}

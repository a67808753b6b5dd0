/// What one device writes at a crossing for some of the others.
package struct CrossingSegment: Hashable, Sendable {
  /// The device of the group that puts it down.
  package let giver: Int
  /// Those that read it, ascending.
  package let takers: [Int]
  /// Where it is in the group's memory; begins at a multiple of 64.
  package let bytes: Range<Int>
  /// Whether it has float32 numbers, for which its place in the memory is made, or shorter ones.
  package let fillsPlace: Bool

  package init(
    giver: Int, takers: [Int], bytes: Range<Int>, fillsPlace: Bool = true
  ) {
    self.giver = giver
    self.takers = takers
    self.bytes = bytes
    self.fillsPlace = fillsPlace
  }
}

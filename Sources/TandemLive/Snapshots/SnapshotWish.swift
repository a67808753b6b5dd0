/// Which pictures somebody looks at, and of what.
package struct SnapshotWish: Hashable, Sendable {
  package var kinds: Set<SnapshotKind> = []
  /// The layer whose channels are shown; nil for the first one.
  package var layer: String?
  /// The image that they are shown for, among those of the predictions.
  package var image = 0

  package init() {}
}

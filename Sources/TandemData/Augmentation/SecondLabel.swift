/// The label of the image that another one was mixed with.
public struct SecondLabel: Hashable, Sendable {
  public let label: Int32
  /// The label's share of the target, 0…1; the image's own label has the rest.
  public let share: Float

  public init(label: Int32, share: Float) {
    self.label = label
    self.share = share
  }

  /// The second label of an image that is not mixed.
  static let none = SecondLabel(label: 0, share: 0)
}

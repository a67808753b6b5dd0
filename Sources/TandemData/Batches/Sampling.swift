/// Which images an epoch of training has.
public enum Sampling: String, Hashable, Codable, CaseIterable, Sendable {
  /// Each image once.
  case each
  /// As many images as there are, drawn at random with replacement, each class as often as every
  /// other: PyTorch's `WeightedRandomSampler` with the inverse of the classes' counts.
  case balanced
}

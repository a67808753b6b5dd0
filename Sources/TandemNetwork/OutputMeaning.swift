/// What a layer's outputs mean to a loss.
public enum OutputMeaning: Hashable, Sendable {
  /// Probabilities of classes of which one is right; they sum to 1.
  case classProbabilities
  /// Probabilities, each that something is so, on its own.
  case probabilities
  /// Squared distances to the codes of classes, of which the right one's is small.
  case distances
}

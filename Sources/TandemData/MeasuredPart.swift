/// Which images a training is measured with after each epoch.
public enum MeasuredPart: String, Hashable, Codable, CaseIterable, Sendable {
  /// Those that are kept for the end: what is chosen by them is no measure of new images any more.
  case test
  /// Those that are there to choose by: a part of the data set's own, or split off the training
  /// images.
  case validation
}

/// What a rank tells the others once a step besides losses: why they are to leave the steps.
package struct StepSignals: OptionSet, Hashable, Sendable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Somebody asked to end the run.
  package static let stop = StepSignals(rawValue: 1)
  /// The first rank was asked for something between two steps (`TrainingControl`).
  package static let attention = StepSignals(rawValue: 2)
}

/// What a step came to, the same on all ranks but for the figures.
package struct StepOutcome: Hashable, Sendable {
  /// The losses of all shards of all ranks, added in the order of the shards.
  package var losses = LossSum()
  /// What any of the ranks has said.
  package var signals: StepSignals = []
  package var figures = ExchangeFigures()

  /// Whether a rank was asked to stop.
  package var stops: Bool { signals.contains(.stop) }
}

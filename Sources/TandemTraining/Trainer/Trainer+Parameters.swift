import TandemNetwork

extension Trainer {
  /// Lends the present values of all parameters, in the order of the network, without a copy.
  ///
  /// While a training runs, only observers may call it, when an epoch has ended or before the first
  /// step: no worker computes then.
  package func forEachParameter(
    _ body: (ParameterLayout.Entry, UnsafeBufferPointer<Float>) throws -> Void
  ) rethrows {
    for entry in graph.parameterLayout.entries.sorted(by: { $0.nodeIndex < $1.nodeIndex }) {
      try body(
        entry,
        UnsafeBufferPointer(
          start: UnsafePointer(parameterArena.floats(at: entry.offset)), count: entry.elementCount
        ))
    }
  }

  /// Lends the gradients of all trained parameters in the epoch's last step, in the order of the
  /// network, as the optimizer got them: of the mean loss of the step's images, shortened where
  /// they were to be clipped. None without `TrainingOptions.keepsGradients`.
  ///
  /// Only observers may call it, when an epoch has ended.
  package func forEachGradient(
    _ body: (ParameterLayout.Entry, UnsafeBufferPointer<Float>) throws -> Void
  ) rethrows {
    guard let gradients = stepGradients?.arena else { return }
    let entries = graph.parameterLayout.trainedEntries
    for entry in entries.sorted(by: { $0.nodeIndex < $1.nodeIndex }) {
      try body(
        entry,
        UnsafeBufferPointer(
          start: UnsafePointer(gradients.floats(at: entry.offset)), count: entry.elementCount))
    }
  }
}

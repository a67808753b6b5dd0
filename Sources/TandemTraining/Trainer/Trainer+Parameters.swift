import TandemNetwork
import TandemTensor

extension Trainer {
  /// Lends the present values of all parameters, in the order of the network, without a copy.
  ///
  /// While a training runs, only observers may call it: when they hear of something other than a
  /// step, for no worker computes then, or after a step if `hasWholeParametersInSteps`.
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

  /// Copies the parameters that another arena has a place for, by their names; see
  /// `forEachParameter` for when.
  package func copyParameters(into arena: MemoryArena, laidOutAs layout: ParameterLayout) {
    let offsets = Dictionary(uniqueKeysWithValues: layout.entries.map { ($0.name, $0) })
    forEachParameter { entry, elements in
      guard let place = offsets[entry.name], place.elementCount == elements.count,
        let base = elements.baseAddress
      else { return }
      arena.floats(at: place.offset).update(from: base, count: elements.count)
    }
  }

  /// Whether this rank has the present values of all parameters between steps, and not only of its
  /// devices' slices.
  package var hasWholeParametersInSteps: Bool { layout.mesh == nil }
}

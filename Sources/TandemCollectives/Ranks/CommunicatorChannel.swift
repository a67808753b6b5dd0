/// Operations of one channel happen in the same order on all ranks.
package enum CommunicatorChannel: Int, CaseIterable, Sendable {
  /// Blocking operations before, between and after steps.
  case general
  /// Gradients on their way to the owners of their slices.
  case gradients
  /// Updated parameters on their way back.
  case parameters
  /// Losses and requests to stop, once a step.
  case status
  /// Statistics that layers of a group of shards share.
  case statistics
  /// Activations and their gradients between the devices of model groups.
  case crossings
}

import TandemCollectives

/// Something that has messages to send and receive in the midst of a step: the stages of buckets,
/// what ranks tell each other, sums of a few numbers over shards, crossings. `CommunicationLoop`
/// serves several of them side by side.
///
/// Ownership: all of this is called on the communication thread, which alone may use the
/// communicator.
package protocol CommunicationClient: AnyObject {
  /// Gets ready for a step.
  func begin(_ step: StepContext)

  /// Goes on as far as it can without waiting; called again and again until the step is over.
  /// - Returns: whether anything has happened.
  func advance(
    _ step: StepContext, _ communicator: any Communicator, _ companion: Companion
  ) throws -> Bool

  /// Whether workers have asked for something that is not under way yet. May be called while
  /// workers go on asking.
  func isAskedFor(_ step: StepContext) -> Bool

  /// Whether operations are under way.
  var isUnderWay: Bool { get }

  /// Whether it has to be looked at all the time, since no worker computes before it has gone on.
  func isUrgent(_ step: StepContext) -> Bool

  /// Whether the step may end as far as this client is concerned.
  var isDone: Bool { get }

  /// Bytes that this rank has sent for it in a step; to be asked once, at the end of the step.
  func takeBytesSent(_ step: StepContext) -> Int
}

extension CommunicationClient {
  package func begin(_ step: StepContext) {}

  package func isAskedFor(_ step: StepContext) -> Bool { false }

  package func isUrgent(_ step: StepContext) -> Bool { false }

  /// Clients that only answer have nothing to finish.
  package var isDone: Bool { true }

  package func takeBytesSent(_ step: StepContext) -> Int { 0 }
}

/// Follows a run: progress bars, histories, logs.
///
/// Events come from the trainer's threads, never from two at once. An error that is thrown stops
/// the run and is thrown by `Trainer.run`.
public protocol TrainingObserver: AnyObject, Sendable {
  func receive(_ event: TrainingEvent) throws
}

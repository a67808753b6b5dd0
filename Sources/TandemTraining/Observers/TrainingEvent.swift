/// What happens during a run.
public enum TrainingEvent: Sendable {
  /// Before the first step.
  case started(TrainingStart)
  /// Something that the user should know and that does not stop the run; one line.
  case warning(String)
  /// After each update.
  case stepFinished(StepRecord)
  case evaluationStarted(images: Int)
  /// After each epoch and its evaluation; also for the part of an epoch before a step limit.
  case epochFinished(EpochRecord)
  /// The folder of the checkpoint.
  case checkpointWritten(path: String)
  case finished(TrainingResult)
}

/// Follows a run: progress bars, histories, logs.
///
/// Events come from the trainer's threads, never from two at once. An error that is thrown stops the
/// run and is thrown by `Trainer.run`.
public protocol TrainingObserver: AnyObject, Sendable {
  func receive(_ event: TrainingEvent) throws
}

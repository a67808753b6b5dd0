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
  /// Between two steps: something was changed or asked for on the way (`TrainingControl`).
  case changed(TrainingChange)
  /// The folder of the checkpoint.
  case checkpointWritten(path: String)
  case finished(TrainingResult)
}

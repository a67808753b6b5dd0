/// How far a run has come: with the parameters and the optimizer's state, all that is needed to
/// continue it exactly. A value that is stored in checkpoints.
struct TrainingProgress: Hashable, Codable, Sendable {
  /// Epochs that are complete, evaluation included.
  var epoch = 0
  /// Steps made in the epoch that is not complete.
  var stepInEpoch = 0
  /// Steps (updates) made since the start of the training.
  var step = 0
  /// Loss and hits of this epoch's training images so far.
  var sum = LossSum()
  /// Seconds spent training in this epoch so far, and parts of it.
  var seconds = 0.0
  var secondsWaitingForData = 0.0
  var exchange = ExchangeFigures()
  /// One for each complete epoch.
  var records: [EpochRecord] = []

  /// Goes to the start of the next epoch.
  mutating func finishEpoch(_ record: EpochRecord) {
    records.append(record)
    epoch += 1
    stepInEpoch = 0
    sum = LossSum()
    seconds = 0
    secondsWaitingForData = 0
    exchange = ExchangeFigures()
  }
}

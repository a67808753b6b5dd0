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
  /// The epoch whose weights are kept as the best; nil for none.
  var best: BestEpoch?
  /// The first epoch, counted from 1, of those whose weights are averaged; nil before its end.
  var averagedFrom: Int?
  /// What was changed on the way, in the order of the steps; nil for nothing.
  var changes: [TrainingChange]?

  /// Whether the weights of this place are the best ones.
  var isBest: Bool { stepInEpoch == 0 && best?.step == step }

  /// A metric after each complete epoch that was evaluated; none for no metric.
  func measured(_ metric: ScheduleMetric?) -> [Double] {
    guard let metric else { return [] }
    return records.compactMap(metric.value(of:))
  }

  /// Goes to the start of the next epoch.
  /// - Parameter metric: by which the best epoch is told.
  mutating func finishEpoch(_ record: EpochRecord, keepingBest metric: EpochMetric?) {
    records.append(record)
    best = metric.flatMap { BestEpoch.after(record, metric: $0, former: best) }
    epoch += 1
    stepInEpoch = 0
    sum = LossSum()
    seconds = 0
    secondsWaitingForData = 0
    exchange = ExchangeFigures()
  }
}

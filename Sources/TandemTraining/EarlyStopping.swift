/// Ends a training whose epochs get no better any more, as Keras' `EarlyStopping`:
/// https://keras.io/api/callbacks/early_stopping
///
/// Whether it ends follows from the evaluations of all epochs so far, which checkpoints hold. So a
/// run that was interrupted forgets nothing, and all ranks decide alike.
public struct EarlyStopping: Hashable, Codable, Sendable {
  public let metric: EpochMetric
  /// So many epochs in sequence that are no better than the best one before end the training.
  public let patience: Int
  /// By how much an epoch has to be better to count.
  public let minimumDelta: Double

  public init(
    metric: EpochMetric = EpochMetric(.loss), patience: Int, minimumDelta: Double = 0
  ) {
    self.metric = metric
    self.patience = patience
    self.minimumDelta = minimumDelta
  }

  /// Whether a training with these epochs, the first one first, is over.
  package func ends(after records: [EpochRecord]) -> Bool {
    var best: Double?
    var waited = 0
    for value in records.compactMap(metric.value(of:)) {
      if let reached = best, !isImprovement(value, on: reached) {
        waited += 1
        if waited >= patience { return true }
      } else {
        best = value
        waited = 0
      }
    }
    return false
  }

  private func isImprovement(_ value: Double, on best: Double) -> Bool {
    metric.isBetter(
      value, than: metric.quantity.isBetterLarge ? best + minimumDelta : best - minimumDelta)
  }
}

extension EarlyStopping: CustomStringConvertible {
  /// `5 epochs without a better val-loss`
  public var description: String {
    "\(patience) \(patience == 1 ? "epoch" : "epochs") without a better \(metric)"
      + (minimumDelta > 0 ? " by \(minimumDelta)" : "")
  }
}

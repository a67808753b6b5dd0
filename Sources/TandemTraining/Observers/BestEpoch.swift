/// The epoch whose weights are kept as the best ones.
public struct BestEpoch: Hashable, Codable, Sendable {
  /// What it is the best in.
  public let metric: EpochMetric
  public let value: Double
  /// 1-based.
  public let epoch: Int
  /// Updates at its end.
  public let step: Int

  /// The best of the epochs so far and one more. Of equally good ones the first stays.
  ///
  /// - Parameter former: the best one so far; one in another metric does not count.
  /// - Returns: nil while no epoch was evaluated.
  package static func after(
    _ record: EpochRecord, metric: EpochMetric, former: BestEpoch?
  ) -> BestEpoch? {
    let former = former?.metric == metric ? former : nil
    guard let value = metric.value(of: record) else { return former }
    if let former, !metric.isBetter(value, than: former.value) { return former }
    return BestEpoch(metric: metric, value: value, epoch: record.epoch, step: record.step)
  }
}

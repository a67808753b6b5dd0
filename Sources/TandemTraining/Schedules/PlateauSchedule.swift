/// The rate is multiplied by `gamma` whenever the test images' loss or error has not improved for
/// more than `patience` epochs: "divide the learning rate by 10 when the validation error rate
/// stopped improving" (Krizhevsky et al. 2012, section 5).
///
/// `torch.optim.lr_scheduler.ReduceLROnPlateau`, stepped after each epoch:
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
///
/// The rate follows from the evaluations of all epochs so far, which checkpoints hold. So a run
/// that is resumed needs nothing else, and all ranks, which have the same ones, decide alike.
public struct PlateauSchedule: ScheduleShape {
  public static let name = "plateau"
  public static let options: [ScheduleOption] = [
    .monitor, .gamma, .patience, .threshold, .thresholdMode, .cooldown, .minimum,
  ]

  /// By what an epoch has to be better than the best one before.
  public enum ThresholdMode: String, Codable, CaseIterable, Sendable {
    /// By a part of the best one.
    case relative = "rel"
    /// By a difference.
    case absolute = "abs"
  }

  public let monitor: ScheduleMetric
  /// The factor of a fall; PyTorch's `factor`.
  public let gamma: Double
  /// Epochs in sequence that may be no better without a fall.
  public let patience: Int
  public let threshold: Double
  public let thresholdMode: ThresholdMode
  /// Epochs after a fall that do not count as bad ones.
  public let cooldown: Int
  /// The rate does not fall below it.
  public let minimum: Double

  /// A fall by less is left out; PyTorch's `eps`.
  private static let leastFall = 1e-8

  /// - Throws: `ScheduleError.outOfRange`.
  public init(
    monitor: ScheduleMetric = .loss, gamma: Double = 0.1, patience: Int = 10,
    threshold: Double = 1e-4, thresholdMode: ThresholdMode = .relative, cooldown: Int = 0,
    minimum: Double = 0
  ) throws(ScheduleError) {
    self.monitor = monitor
    self.gamma = gamma
    self.patience = patience
    self.threshold = threshold
    self.thresholdMode = thresholdMode
    self.cooldown = cooldown
    self.minimum = minimum
    try check()
  }

  public func check() throws(ScheduleError) {
    try ScheduleError.require(
      gamma > 0 && gamma < 1, "gamma", gamma, "greater than 0 and less than 1")
    try ScheduleError.require(patience >= 0, "patience", patience, "at least 0 epochs")
    try ScheduleError.require(
      threshold.isFinite && threshold >= 0, "threshold", threshold, "at least 0")
    try ScheduleError.require(cooldown >= 0, "cooldown", cooldown, "at least 0 epochs")
    try ScheduleError.requireMinimum(minimum)
  }

  public init(_ options: ScheduleOptions) throws(ScheduleError) {
    try self.init(
      monitor: options.monitor ?? .loss, gamma: options.gamma ?? 0.1,
      patience: options.patience ?? 10, threshold: options.threshold ?? 1e-4,
      thresholdMode: options.thresholdMode ?? .relative, cooldown: options.cooldown ?? 0,
      minimum: options.minimum ?? 0)
  }

  public var metric: ScheduleMetric? { monitor }

  public func learningRate(base: Double, at progress: ScheduleProgress) -> Double {
    var rate = base
    var best = monitor.isBetterLarge ? -Double.infinity : .infinity
    var (badEpochs, restingEpochs) = (0, 0)
    for value in progress.measured {
      if isBetter(value, than: best) {
        best = value
        badEpochs = 0
      } else {
        badEpochs += 1
      }
      if restingEpochs > 0 {
        restingEpochs -= 1
        badEpochs = 0
      }
      guard badEpochs > patience else { continue }
      let lower = max(rate * gamma, minimum)
      if rate - lower > Self.leastFall { rate = lower }
      restingEpochs = cooldown
      badEpochs = 0
    }
    return rate
  }

  private func isBetter(_ value: Double, than best: Double) -> Bool {
    switch (monitor.isBetterLarge, thresholdMode) {
    case (false, .relative): value < best * (1 - threshold)
    case (false, .absolute): value < best - threshold
    case (true, .relative): value > best * (1 + threshold)
    case (true, .absolute): value > best + threshold
    }
  }
}

import Foundation

/// The rate is multiplied by `gamma` every epoch: base · γ^epoch.
///
/// `torch.optim.lr_scheduler.ExponentialLR`:
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.lr_scheduler.ExponentialLR.html
public struct ExponentialSchedule: ScheduleShape {
  public static let name = "exponential"
  public static let options: [ScheduleOption] = [.gamma]

  public let gamma: Double

  /// - Throws: `ScheduleError.outOfRange`.
  public init(gamma: Double) throws(ScheduleError) {
    self.gamma = gamma
    try check()
  }

  public func check() throws(ScheduleError) {
    try ScheduleError.requireFactor(gamma)
  }

  public init(_ options: ScheduleOptions) throws(ScheduleError) {
    try self.init(
      gamma: options.required(options.gamma, .gamma, for: Self.name))
  }

  public func learningRate(base: Double, at progress: ScheduleProgress) -> Double {
    base * pow(gamma, Double(progress.epoch))
  }
}

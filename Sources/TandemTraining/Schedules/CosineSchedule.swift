import Foundation

/// Half a cosine from the base rate down to `minimum` over the steps after the warm-up:
/// minimum + (base - minimum) · (1 + cos(π · t / T)) / 2.
///
/// Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983, without restarts;
/// `torch.optim.lr_scheduler.CosineAnnealingLR` asked every step:
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
public struct CosineSchedule: ScheduleShape {
  public static let name = "cosine"
  public static let options: [ScheduleOption] = [.minimum]

  /// The rate after the last step.
  public let minimum: Double

  /// - Throws: `ScheduleError.outOfRange`.
  public init(minimum: Double = 0) throws(ScheduleError) {
    self.minimum = minimum
    try check()
  }

  public func check() throws(ScheduleError) {
    try ScheduleError.requireMinimum(minimum)
  }

  public init(_ options: ScheduleOptions) throws(ScheduleError) {
    try self.init(
      minimum: options.minimum ?? 0)
  }

  public func learningRate(base: Double, at progress: ScheduleProgress) -> Double {
    minimum + (base - minimum) * (1 + cos(.pi * progress.fraction)) / 2
  }
}

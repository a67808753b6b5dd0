import Foundation

/// The rate falls to `minimum` over the steps after the warm-up as a power of the part left:
/// minimum + (base - minimum) · (1 - t / T)^power; with power 1 linearly.
///
/// `torch.optim.lr_scheduler.PolynomialLR` (whose minimum is 0) asked every step:
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.lr_scheduler.PolynomialLR.html
public struct PolynomialSchedule: ScheduleShape {
  public static let name = "polynomial"
  public static let options: [ScheduleOption] = [.power, .minimum]

  public let power: Double
  /// The rate after the last step.
  public let minimum: Double

  /// - Throws: `ScheduleError.outOfRange`.
  public init(power: Double = 1, minimum: Double = 0) throws(ScheduleError) {
    self.power = power
    self.minimum = minimum
    try check()
  }

  public func check() throws(ScheduleError) {
    try ScheduleError.require(power.isFinite && power > 0, "power", power, "greater than 0")
    try ScheduleError.requireMinimum(minimum)
  }

  public init(_ options: ScheduleOptions) throws(ScheduleError) {
    try self.init(
      power: options.power ?? 1, minimum: options.minimum ?? 0)
  }

  public func learningRate(base: Double, at progress: ScheduleProgress) -> Double {
    minimum + (base - minimum) * pow(1 - progress.fraction, power)
  }
}

import Foundation

/// The rate is multiplied by `gamma` every few epochs: base · γ^⌊epoch / every⌋.
///
/// `torch.optim.lr_scheduler.StepLR`:
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.lr_scheduler.StepLR.html
public struct StaircaseSchedule: ScheduleShape {
  public static let name = "step"
  public static let options: [ScheduleOption] = [.stepSize, .gamma]

  public let everyEpochs: Int
  public let gamma: Double

  /// - Throws: `ScheduleError.outOfRange`.
  public init(everyEpochs: Int, gamma: Double = 0.1) throws(ScheduleError) {
    self.everyEpochs = everyEpochs
    self.gamma = gamma
    try check()
  }

  public func check() throws(ScheduleError) {
    try ScheduleError.require(everyEpochs > 0, "step size", everyEpochs, "at least 1 epoch")
    try ScheduleError.requireFactor(gamma)
  }

  public init(_ options: ScheduleOptions) throws(ScheduleError) {
    try self.init(
      everyEpochs: options.required(options.stepSize, .stepSize, for: Self.name),
      gamma: options.gamma ?? 0.1)
  }

  public func learningRate(base: Double, at progress: ScheduleProgress) -> Double {
    base * pow(gamma, Double(progress.epoch / everyEpochs))
  }
}

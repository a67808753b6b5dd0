import Foundation

/// The rate is multiplied by `gamma` at each of the given epochs: base · γ^|{m ≤ epoch}|.
///
/// `torch.optim.lr_scheduler.MultiStepLR`:
/// https://docs.pytorch.org/docs/2.13/generated/torch.optim.lr_scheduler.MultiStepLR.html
public struct MultiStepSchedule: ScheduleShape {
  public static let name = "multistep"
  public static let options: [ScheduleOption] = [.milestones, .gamma]

  /// Completed epochs after which the rate falls, ascending.
  public let milestones: [Int]
  public let gamma: Double

  /// - Throws: `ScheduleError`.
  public init(milestones: [Int], gamma: Double = 0.1) throws(ScheduleError) {
    self.milestones = milestones
    self.gamma = gamma
    try check()
  }

  public func check() throws(ScheduleError) {
    guard zip([0] + milestones, milestones).allSatisfy({ $0 < $1 }) else {
      throw .milestonesNotAscending(milestones)
    }
    try ScheduleError.requireFactor(gamma)
  }

  public init(_ options: ScheduleOptions) throws(ScheduleError) {
    try self.init(
      milestones: options.required(options.milestones, .milestones, for: Self.name),
      gamma: options.gamma ?? 0.1)
  }

  public func learningRate(base: Double, at progress: ScheduleProgress) -> Double {
    base * pow(gamma, Double(milestones.count { $0 <= progress.epoch }))
  }
}

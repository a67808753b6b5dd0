import Foundation

/// The rate rises to the base rate and then falls far below where it began, over all steps: Smith
/// and Topin 2018, "Super-convergence", https://arxiv.org/abs/1708.07120.
///
/// `torch.optim.lr_scheduler.OneCycleLR` with `cycle_momentum=False`, whose `max_lr` is the base
/// rate: https://docs.pytorch.org/docs/2.13/generated/torch.optim.lr_scheduler.OneCycleLR.html
public struct OneCycleSchedule: ScheduleShape {
  public static let name = "onecycle"
  public static let options: [ScheduleOption] = [
    .risingShare, .startDivisor, .endDivisor, .annealing, .threePhases,
  ]

  /// The course between two rates.
  public enum Annealing: String, Codable, CaseIterable, Sendable {
    case cosine = "cos"
    case linear
  }

  /// The part of all steps in which the rate rises; PyTorch's `pct_start`.
  public let risingShare: Double
  /// The rate begins with this part of the base rate; PyTorch's `div_factor`.
  public let startDivisor: Double
  /// It ends with this part of the one that it began with; PyTorch's `final_div_factor`.
  public let endDivisor: Double
  public let annealing: Annealing
  /// Whether the rate falls to where it began in as many steps as it rose in, and only then lower.
  public let threePhases: Bool

  /// - Throws: `ScheduleError.outOfRange`.
  public init(
    risingShare: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 1e4,
    annealing: Annealing = .cosine, threePhases: Bool = false
  ) throws(ScheduleError) {
    self.risingShare = risingShare
    self.startDivisor = startDivisor
    self.endDivisor = endDivisor
    self.annealing = annealing
    self.threePhases = threePhases
    try check()
  }

  public func check() throws(ScheduleError) {
    let most = threePhases ? 0.5 : 1
    try ScheduleError.require(
      (0...most).contains(risingShare), "rising share", risingShare, "0…\(most)")
    for (quantity, divisor) in [("start divisor", startDivisor), ("end divisor", endDivisor)] {
      try ScheduleError.require(
        divisor.isFinite && divisor > 0, quantity, divisor, "greater than 0")
    }
  }

  public init(_ options: ScheduleOptions) throws(ScheduleError) {
    try self.init(
      risingShare: options.risingShare ?? 0.3, startDivisor: options.startDivisor ?? 25,
      endDivisor: options.endDivisor ?? 1e4, annealing: options.annealing ?? .cosine,
      threePhases: options.threePhases ?? false)
  }

  public func learningRate(base: Double, at progress: ScheduleProgress) -> Double {
    let (start, last) = (base / startDivisor, Double(progress.totalSteps - 1))
    let top = risingShare * Double(progress.totalSteps) - 1
    var phases = [(end: top, from: start, to: base)]
    if threePhases { phases.append((2 * top, base, start)) }
    phases.append((last, phases.count == 1 ? base : start, start / endDivisor))
    let step = min(Double(progress.step), last)
    var begin = 0.0
    for phase in phases.dropLast() {
      if step <= phase.end {
        return rate(phase.from, phase.to, step - begin, of: phase.end - begin)
      }
      begin = phase.end
    }
    let phase = phases[phases.count - 1]
    return rate(phase.from, phase.to, step - begin, of: phase.end - begin)
  }

  private func rate(_ from: Double, _ to: Double, _ step: Double, of steps: Double) -> Double {
    let part = steps == 0 ? 1 : step / steps
    return switch annealing {
    case .cosine: to + (from - to) / 2 * (1 + cos(.pi * part))
    case .linear: (to - from) * part + from
    }
  }
}

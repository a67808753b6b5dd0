/// A number that some shape of schedule can be given. The case has the name of the property of
/// `ScheduleOptions`, by which messages ask for it; the raw value is what they call it otherwise.
public enum ScheduleOption: String, CaseIterable, Sendable {
  case stepSize = "lr-step-size"
  case milestones = "lr-milestones"
  case gamma = "lr-gamma"
  case minimum = "lr-min"
  case power = "lr-power"
  case monitor = "lr-monitor"
  case patience = "lr-patience"
  case threshold = "lr-threshold"
  case thresholdMode = "lr-threshold-mode"
  case cooldown = "lr-cooldown"
  case risingShare = "lr-pct-start"
  case startDivisor = "lr-div-factor"
  case endDivisor = "lr-final-div-factor"
  case annealing = "lr-anneal"
  case threePhases = "lr-three-phase"
}

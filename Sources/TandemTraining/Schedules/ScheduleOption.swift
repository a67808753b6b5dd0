/// A number that some shape of schedule can be given; the raw value is its long option's name.
public enum ScheduleOption: String, CaseIterable, Sendable {
  case stepSize = "lr-step-size"
  case milestones = "lr-milestones"
  case gamma = "lr-gamma"
  case minimum = "lr-min"
  case power = "lr-power"
}

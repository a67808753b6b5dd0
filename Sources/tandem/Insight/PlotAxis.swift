import ArgumentParser

/// What a plot's horizontal axis counts.
enum PlotAxis: String, CaseIterable, ExpressibleByArgument {
  case epoch, step

  func value(_ epoch: PlottedRun.Epoch) -> Double? {
    switch self {
    case .epoch: Double(epoch.epoch)
    case .step: epoch.step.map { Double($0) }
    }
  }
}

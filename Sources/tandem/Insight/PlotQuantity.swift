import ArgumentParser
import TandemInsight
import TandemNetwork

/// What of runs is plotted.
enum PlotQuantity: String, CaseIterable, ExpressibleByArgument {
  case loss
  case accuracy
  case rate
  case speed

  var title: String {
    switch self {
    case .loss: "Loss"
    case .accuracy: "Accuracy"
    case .rate: "Learning rate"
    case .speed: "Images per second"
    }
  }

  private var yLabel: String {
    switch self {
    case .loss: "mean loss"
    case .accuracy: "correct images in %"
    case .rate: "rate"
    case .speed: "images/s"
    }
  }

  private typealias Value = (PlottedRun.Epoch) -> Double?

  /// Of the training, and of the test images if they have one of their own.
  private var values: (train: Value, test: Value?) {
    switch self {
    case .loss: ({ $0.trainLoss }, { $0.measuredLoss })
    case .accuracy: ({ $0.trainTop1.map { 100 * $0 } }, { $0.measuredTop1.map { 100 * $0 } })
    case .rate: ({ $0.learningRate }, nil)
    case .speed: ({ $0.imagesPerSecond }, nil)
    }
  }

  func panel(_ runs: [PlottedRun], by axis: PlotAxis) -> PlotPanel {
    let lines = runs.enumerated().flatMap { number, run -> [PlotSeries] in
      // Several runs have a colour each; the two lines of one run, too.
      let testColour = runs.count == 1 ? 1 : number
      func points(_ value: Value) -> [PlotSeries.Point] {
        run.epochs.compactMap { epoch in
          guard let x = axis.value(epoch), let y = value(epoch) else { return nil }
          return PlotSeries.Point(x, y)
        }
      }
      let train = PlotSeries(
        runs.count == 1 ? run.lineName("training") : run.lineName("training (dashed)"),
        points(values.train), colour: number, isDashed: values.test != nil && runs.count > 1)
      guard let test = values.test else { return [train] }
      let tested = points(test)
      if tested.isEmpty { return [train] }
      return [
        train,
        PlotSeries(
          run.lineName(run.measuredWord), tested, colour: testColour, mark: mark(run, test, axis)),
      ]
    }
    return PlotPanel(
      title: title, xLabel: axis.rawValue, yLabel: yLabel,
      series: lines)
  }

  private func mark(_ run: PlottedRun, _ test: Value, _ axis: PlotAxis) -> PlotSeries.Mark? {
    guard let best = run.best, let x = axis.value(best), let y = test(best), y.isFinite else {
      return nil
    }
    let text = self == .accuracy ? "\(decimals(y, 2)) %" : decimals(y, 4)
    return PlotSeries.Mark(PlotSeries.Point(x, y), "epoch \(best.epoch): \(text)")
  }
}

import Foundation

extension LearningRateCurve {
  /// The losses over the rates, with what follows from them marked.
  package func sheet(title: String) -> PlotSheet {
    typealias Place = PlotSeries.Point
    let top = largestShown
    let smoothed = points.map { Place($0.learningRate, $0.smoothedLoss) }.filter { $0.y <= top }
    let best = Place(points[lowest].learningRate, points[lowest].smoothedLoss)
    var series = [
      PlotSeries(
        "loss of each step", points.map { Place($0.learningRate, $0.loss) }.filter { $0.y <= top },
        colour: 2),
      PlotSeries(
        "smoothed, with its lowest place", smoothed, colour: 0,
        mark: PlotSeries.Mark(best, Self.text(best.x))),
    ]
    if let rate = learningRate, let near = nearest(to: rate) {
      let heights = smoothed.map(\.y)
      series.append(
        PlotSeries(
          "the rate to train with",
          [Place(rate, heights.min() ?? near), Place(rate, heights.max() ?? near)], colour: 1,
          isDashed: true, mark: PlotSeries.Mark(Place(rate, near), Self.text(rate))))
    }
    return PlotSheet(
      title: title,
      panels: [
        PlotPanel(
          title: "Loss while the learning rate rises", xLabel: "learning rate", yLabel: "loss",
          xScale: .logarithmic, series: series)
      ])
  }

  /// The smoothed loss at the step whose rate is nearest to one.
  private func nearest(to rate: Double) -> Double? {
    points.min { abs(log($0.learningRate / rate)) < abs(log($1.learningRate / rate)) }?
      .smoothedLoss
  }

  private static func text(_ rate: Double) -> String { String(format: "%.2g", rate) }
}

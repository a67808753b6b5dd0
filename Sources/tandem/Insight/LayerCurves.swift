import Foundation
import Tandem
import TandemInsight
import TandemTraining

/// The course of a run's layers, as far as they were measured.
struct LayerCurves {
  private let run: PlottedRun
  /// In the order of the network.
  private let layers: [String]
  /// How many layers there are, of which some may be left out.
  private let count: Int

  /// Colours, each with a whole and a dashed line.
  private static let most = 14

  /// - Throws: `PlotError.noLayers`.
  init(_ run: PlottedRun) throws {
    self.run = run
    guard let all = run.epochs.last(where: { $0.layers != nil })?.layers?.map(\.layer),
      !all.isEmpty
    else { throw PlotError(folder: run.name, fact: .noLayers) }
    count = all.count
    // The first and the last one are always there.
    layers =
      all.count <= Self.most
      ? all : (0..<Self.most).map { all[$0 * (all.count - 1) / (Self.most - 1)] }
  }

  func panels(by axis: PlotAxis) -> [PlotPanel] {
    let some = layers.count < count ? " (\(layers.count) of \(count) layers)" : ""
    return [
      panel("Mean absolute weight" + some, "mean |w|", axis) { $0.meanWeight },
      // About −3 is what trainings that go well have.
      panel("Change of the last step beside the weights" + some, "log10 of mean |dw| / |w|", axis) {
        $0.ratio > 0 ? log10($0.ratio) : nil
      },
      panel("Length of the gradient" + some, "log10 of |g|", axis) {
        $0.gradientNorm.flatMap { $0 > 0 ? log10($0) : nil }
      },
      panel("Dead units" + some, "units in %", axis) { $0.deadShare.map { 100 * $0 } },
    ]
  }

  private func panel(
    _ title: String, _ label: String, _ axis: PlotAxis, _ value: (LayerStatistics) -> Double?
  ) -> PlotPanel {
    let colours = Colour.series.count
    return PlotPanel(
      title: title, xLabel: axis.rawValue, yLabel: label,
      series: layers.enumerated().map { number, name in
        PlotSeries(
          name,
          run.epochs.compactMap { epoch in
            guard let layer = epoch.layers?.first(where: { $0.layer == name }),
              let x = axis.value(epoch), let y = value(layer)
            else { return nil }
            return PlotSeries.Point(x, y)
          }, colour: number % colours, isDashed: number / colours % 2 == 1)
      })
  }
}

import Foundation
import TandemImage
import TandemTraining

/// The course of a run's layers, as far as they were measured.
package struct LayerCurves: Hashable, Sendable {
  /// What was measured at a place of the horizontal axis: after an epoch, whose number or last step
  /// that is.
  package struct Place: Hashable, Sendable {
    let x: Double
    let layers: [LayerStatistics]

    package init(_ x: Double, _ layers: [LayerStatistics]) {
      self.x = x
      self.layers = layers
    }
  }

  private let places: [Place]
  /// In the order of the network.
  private let layers: [String]
  /// How many layers there are, of which some may be left out.
  private let count: Int

  /// Colours, each with a whole and a dashed line.
  private static let most = 14

  /// nil where no layers were measured.
  package init?(_ places: [Place]) {
    self.places = places
    guard let all = places.last(where: { !$0.layers.isEmpty })?.layers.map(\.layer) else {
      return nil
    }
    count = all.count
    // The first and the last one are always there.
    layers =
      all.count <= Self.most
      ? all : (0..<Self.most).map { all[$0 * (all.count - 1) / (Self.most - 1)] }
  }

  /// How many places there are, and the last one: other curves of a run that grows have others.
  package var extent: String { "\(places.count) \(places.last?.x ?? 0)" }

  /// - Parameter hasEmptyOnes: whether a panel that nothing was measured for is there, too, as dead
  ///   units in a network without ReLUs.
  package func panels(xLabel: String, hasEmptyOnes: Bool = false) -> [PlotPanel] {
    let some = layers.count < count ? " (\(layers.count) of \(count) layers)" : ""
    let all = [
      panel("Mean absolute weight" + some, "mean |w|", xLabel) { $0.meanWeight },
      // About −3 is what trainings that go well have.
      panel("Change of the last step beside the weights" + some, "log10 of |dw| / |w|", xLabel) {
        $0.ratio > 0 ? log10($0.ratio) : nil
      },
      panel("Length of the gradient" + some, "log10 of |g|", xLabel) {
        $0.gradientNorm.flatMap { $0 > 0 ? log10($0) : nil }
      },
      panel("Dead units" + some, "units in %", xLabel) { $0.deadShare.map { 100 * $0 } },
    ]
    return hasEmptyOnes ? all : all.filter { $0.series.contains { !$0.points.isEmpty } }
  }

  private func panel(
    _ title: String, _ label: String, _ xLabel: String, _ value: (LayerStatistics) -> Double?
  ) -> PlotPanel {
    let colours = Colour.series.count
    return PlotPanel(
      title: title, xLabel: xLabel, yLabel: label,
      series: layers.enumerated().map { number, name in
        PlotSeries(
          name,
          places.compactMap { place in
            guard let layer = place.layers.first(where: { $0.layer == name }),
              let y = value(layer), y.isFinite
            else { return nil }
            return PlotSeries.Point(place.x, y)
          }, colour: number % colours, isDashed: number / colours % 2 == 1)
      })
  }
}

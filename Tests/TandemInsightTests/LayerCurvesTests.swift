import TandemInsight
import TandemTraining
import Testing

/// The curves of layers.
struct LayerCurvesTests {
  private func statistics(dead: Double?) -> LayerStatistics {
    LayerStatistics(
      layer: "conv1", meanWeight: 0.1, meanChange: 0.0001, gradientNorm: 2, deadShare: dead)
  }

  /// A network without ReLUs has no dead units: no empty panel is drawn for them, but a page that
  /// knows panels by their place gets all four.
  @Test func whatWasNotMeasuredHasNoPanel() throws {
    let without = try #require(
      LayerCurves([.init(1, [statistics(dead: nil)]), .init(2, [statistics(dead: nil)])]))
    #expect(without.panels(xLabel: "epoch").count == 3)
    #expect(without.panels(xLabel: "epoch", hasEmptyOnes: true).count == 4)
    let with = try #require(LayerCurves([.init(1, [statistics(dead: 0)])]))
    #expect(with.panels(xLabel: "epoch").map(\.title).contains("Dead units"))
  }
}

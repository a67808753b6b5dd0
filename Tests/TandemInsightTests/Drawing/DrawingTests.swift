import Foundation
import TandemImage
import TandemInsight
import Testing

/// Canvas, colours, axes.
@Suite struct DrawingTests {
  private func drawn(_ format: DrawingFormat) throws -> [UInt8] {
    let canvas = try Canvas(size: PictureSize(width: 60, height: 40), format: format)
    canvas.fill(x: 10, y: 10, width: 20, height: 10, Colour(0xFF_00_00))
    canvas.line([(0, 35), (60, 35)], .ink, width: 2)
    canvas.picture(
      Picture(width: 2, height: 1, channels: .colour, samples: [0, 255, 0, 0, 0, 255]), x: 40,
      y: 10, width: 16, height: 8)
    canvas.text("a", x: 5, y: 30)
    return try canvas.encoded()
  }

  @Test func pixelsAreWhereTheyWereDrawn() throws {
    let picture = try PictureDecoder.decode(drawn(.png))
    #expect(picture.size == PictureSize(width: 60, height: 40))
    #expect(picture[x: 0, y: 0] == [255, 255, 255])
    #expect(picture[x: 10, y: 10] == [255, 0, 0] && picture[x: 29, y: 19] == [255, 0, 0])
    #expect(picture[x: 30, y: 19] == [255, 255, 255])
    #expect(picture[x: 30, y: 35] == [32, 32, 32])
    #expect(picture[x: 47, y: 12] == [0, 255, 0] && picture[x: 48, y: 12] == [0, 0, 255])
    let letter = (20..<31).flatMap { y in (5..<14).map { picture[x: $0, y: y][0] } }
    #expect(letter.contains { $0 < 128 })
  }

  @Test func vectorsAreSVG() throws {
    let text = String(decoding: try drawn(.svg), as: UTF8.self)
    #expect(text.hasPrefix("<?xml") && text.contains("<svg") && text.contains("</svg>"))
    #expect(try drawn(.svg) == drawn(.svg))
  }

  @Test func formatsFollowFromNames() {
    #expect(DrawingFormat(path: "a/b.PNG") == .png)
    #expect(DrawingFormat(path: "b.svg") == .svg)
    #expect(DrawingFormat(path: "b.jpg") == nil && DrawingFormat(path: "png") == nil)
  }

  @Test func pagesThatNobodyCanLookAtAreRefused() {
    #expect(throws: DrawingError.self) {
      try Canvas(size: PictureSize(width: 20_000, height: 10), format: .png)
    }
  }

  @Test func heatBecomesLighterEvenly() {
    let lightness = (0...50).map { HeatScale.colour(Float($0) / 50).lightness }
    #expect(zip(lightness, lightness.dropFirst()).allSatisfy { $0 < $1 })
    #expect(lightness[0] < 0.1 && lightness[50] > 0.9)
    #expect(HeatScale.colour(.nan) == HeatScale.colour(0))
    #expect(HeatScale.colour(7) == HeatScale.colour(1))
  }

  private static let axes: [(ClosedRange<Double>, Int, [Double], String)] = [
    (0...1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1.0], "0.2"),
    (1...3, 8, [1, 2, 3], "2"),
    (0.013...0.047, 6, [0.01, 0.02, 0.03, 0.04, 0.05], "0.02"),
    (5...5, 4, [4, 5, 6], "5"),
    (0...0, 2, [-1, 0, 1], "0"),
  ]

  @Test(arguments: axes)
  func axesHaveRoundNumbers(
    range: ClosedRange<Double>, count: Int, expected: [Double], second: String
  ) {
    let isWhole = range.upperBound >= 3
    let ticks = AxisTicks(range, count: count, isWhole: isWhole)
    #expect(ticks.values.count == expected.count)
    for (found, value) in zip(ticks.values, expected) { #expect(abs(found - value) < 1e-9) }
    #expect(ticks.text(ticks.values[1]) == second)
    #expect(ticks.low <= range.lowerBound && ticks.high >= range.upperBound)
  }

  /// Powers of ten; where there is hardly one, other numbers too; where there are many, some.
  @Test(arguments: [
    (1e-7, 1.0, ["1e-7", "1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1e0"]),
    (0.0011, 0.06, ["2e-3", "5e-3", "1e-2", "2e-2", "5e-2"]),
    (0.3, 0.5, ["3e-1", "4e-1", "5e-1"]),
    (1e-12, 1e12, ["1e-12", "1e-9", "1e-6", "1e-3", "1e0", "1e3", "1e6", "1e9", "1e12"]),
  ])
  func logarithmicAxes(from: Double, to: Double, expected: [String]) {
    let ticks = PlotScale.logarithmic.ticks(log10(from)...log10(to))
    #expect(ticks.map(\.text) == expected)
    for tick in ticks {
      #expect(abs(pow(10, tick.place) / (Double(tick.text) ?? 0) - 1) < 1e-9)
    }
    #expect(PlotScale.logarithmic.place(0.001) == -3)
    #expect(PlotScale.logarithmic.place(0) == nil && PlotScale.whole.place(0) == 0)
  }

  @Test func ratesAndLossesAreDrawn() throws {
    // A loss that falls up to a rate of 0.1 and then runs away.
    let losses = (0...80).map { number -> (learningRate: Double, loss: Double) in
      let power = -5 + Double(number) / 16
      return (pow(10, power), power < -1 ? 2 - 0.4 * (power + 5) : 1 + 9 * (power + 1))
    }
    let curve = LearningRateCurve(losses)
    #expect(curve.learningRate != nil && curve.largestShown < 3)
    let picture = try PictureDecoder.decode(curve.sheet(title: "net").encoded(as: .png))
    let colours = Set(
      stride(from: 0, to: picture.samples.count, by: 3).map {
        Array(picture.samples[$0..<$0 + 3])
      })
    for number in 0..<3 { #expect(colours.contains(Colour.series[number].bytes)) }
    // One that does not fall has no rate to mark.
    let flat = LearningRateCurve(losses.map { ($0.learningRate, 1) })
    #expect(flat.sheet(title: "net").panels[0].series.count == 2)
    #expect(curve.sheet(title: "net").panels[0].series.count == 3)
  }

  @Test func mapsAreResizedAsByPyTorch() {
    // torch.nn.functional.interpolate([[0, 1], [2, 3]], (4, 4), mode="bilinear").
    let map = EvidenceMap(height: 2, width: 2, values: [0, 1, 2, 3]).resized(height: 4, width: 4)
    let expected: [Float] = [
      0, 0.25, 0.75, 1, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2, 2.25, 2.75, 3,
    ]
    #expect(zip(map.values, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func plotsAreDrawnWithWhatIsThere() throws {
    let points = (1...5).map { PlotSeries.Point(Double($0), 1 / Double($0)) }
    let lines = [
      PlotSeries(
        "loss", points, colour: 0, mark: PlotSeries.Mark(points[4], "best")),
      PlotSeries("nan", [PlotSeries.Point(1, .nan), PlotSeries.Point(2, .infinity)], colour: 1),
    ]
    let sheet = PlotSheet(
      title: "run",
      panels: [
        PlotPanel(title: "Loss", xLabel: "epoch", yLabel: "loss", series: lines),
        PlotPanel(title: "Nothing", xLabel: "epoch", yLabel: "loss", series: []),
        PlotPanel(
          title: "One", xLabel: "epoch", yLabel: "loss",
          series: [PlotSeries("one", [points[0]], colour: 2)]),
      ])
    let picture = try PictureDecoder.decode(sheet.encoded(as: .png))
    #expect(picture.size == sheet.size)
    let colours = Set(
      stride(from: 0, to: picture.samples.count, by: 3).map {
        Array(picture.samples[$0..<$0 + 3])
      })
    #expect(colours.contains(Colour.series[0].bytes) && colours.contains(Colour.series[2].bytes))
    #expect(try !sheet.encoded(as: .svg).isEmpty)
  }
}

import TandemImage

/// One pair of axes with lines in it.
package struct PlotPanel: Hashable, Sendable {
  package let title: String
  /// What stands along the axes.
  package let xLabel: String
  package let yLabel: String
  /// Of the horizontal axis.
  package let xScale: PlotScale
  package let series: [PlotSeries]

  package init(
    title: String, xLabel: String, yLabel: String, xScale: PlotScale = .whole,
    series: [PlotSeries]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.xScale = xScale
    self.series = series
  }

  package static let size = PictureSize(width: 560, height: 340)

  // Room around the axes.
  private static let left = 72.0
  private static let right = 20.0
  private static let top = 34.0
  private static let bottom = 50.0
  private static let width = Double(size.width) - left - right
  private static let height = Double(size.height) - top - bottom

  func draw(on canvas: Canvas, x: Double, y: Double) {
    let points = series.flatMap(\.points)
    let (left, top) = (x + Self.left, y + Self.top)
    canvas.text(title, x: left, y: y + 20, size: 14, bold: true)
    canvas.frame(x: left, y: top, width: Self.width, height: Self.height, .faint)
    guard let xRange = Self.range(points.compactMap { xScale.place($0.x) }),
      let yRange = Self.range(points.map(\.y))
    else {
      canvas.text(
        "not measured", x: left + Self.width / 2, y: top + Self.height / 2, .grey, anchor: .middle)
      return
    }
    let yTicks = AxisTicks(yRange, count: 6)
    // The horizontal axis ends where the values do.
    let xEnds =
      xRange.lowerBound == xRange.upperBound
      ? xRange.lowerBound - 1...xRange.upperBound + 1 : xRange
    func across(_ place: Double) -> Double {
      left + Self.width * (place - xEnds.lowerBound) / (xEnds.upperBound - xEnds.lowerBound)
    }
    func height(_ value: Double) -> Double {
      top + Self.height * (1 - (value - yTicks.low) / (yTicks.high - yTicks.low))
    }
    func place(_ point: PlotSeries.Point) -> (x: Double, y: Double)? {
      xScale.place(point.x).map { (across($0), height(point.y)) }
    }
    for value in yTicks.values {
      let y = height(value).rounded() + 0.5
      canvas.line([(left, y), (left + Self.width, y)], .faint)
      canvas.text(yTicks.text(value), x: left - 8, y: y + 4, size: 12, anchor: .right)
    }
    for tick in xScale.ticks(xEnds) {
      let x = across(tick.place).rounded() + 0.5
      canvas.line([(x, top + Self.height), (x, top + Self.height + 4)], .grey)
      canvas.text(tick.text, x: x, y: top + Self.height + 18, size: 12, anchor: .middle)
    }
    canvas.text(
      xLabel, x: left + Self.width / 2, y: top + Self.height + 38, size: 12, anchor: .middle)
    canvas.textUpwards(yLabel, x: x + 16, y: top + Self.height / 2, size: 12)
    for line in series { draw(line, on: canvas, place) }
    for line in series { drawMark(line, on: canvas, right: left + Self.width, place) }
  }

  private static func range(_ values: [Double]) -> ClosedRange<Double>? {
    guard let low = values.min(), let high = values.max() else { return nil }
    return low...high
  }

  private func draw(
    _ line: PlotSeries, on canvas: Canvas, _ place: (PlotSeries.Point) -> (x: Double, y: Double)?
  ) {
    let colour = Colour.series[line.colour % Colour.series.count]
    let places = line.points.compactMap(place)
    canvas.line(places, colour, width: 2, dash: line.isDashed ? 6 : nil)
    // Few points are hard to see in a line, and one is none.
    if places.count <= 12 {
      for place in places { canvas.dot(x: place.x, y: place.y, radius: 3, colour) }
    }
  }

  private func drawMark(
    _ line: PlotSeries, on canvas: Canvas, right: Double,
    _ place: (PlotSeries.Point) -> (x: Double, y: Double)?
  ) {
    guard let mark = line.mark, let (x, y) = place(mark.point) else { return }
    let colour = Colour.series[line.colour % Colour.series.count]
    canvas.dot(x: x, y: y, radius: 6, colour)
    canvas.dot(x: x, y: y, radius: 3, .paper)
    let fits = x + 10 + canvas.width(of: mark.text, size: 12) < right
    // Beside the point, on the paper's colour so that no line crosses the words.
    let width = canvas.width(of: mark.text, size: 12)
    let start = fits ? x + 10 : x - 10 - width
    canvas.fill(x: start - 2, y: y + 5, width: width + 4, height: 16, .paper)
    canvas.text(mark.text, x: start, y: y + 17, size: 12, colour)
  }
}

import TandemImage

/// Points of several classes on two axes, with a legend beside them.
package struct ScatterSheet {
  package struct Point: Hashable, Sendable {
    package let x: Double
    package let y: Double
    /// Which of the classes.
    package let label: Int

    package init(_ x: Double, _ y: Double, label: Int) {
      self.x = x
      self.y = y
      self.label = label
    }
  }

  package let title: String
  package let xLabel: String
  package let yLabel: String
  /// By label.
  package let classes: [String]
  package let points: [Point]

  package init(
    title: String, xLabel: String, yLabel: String, classes: [String], points: [Point]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.classes = classes
    self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
  }

  private static let side = 560.0
  private static let left = 76.0
  private static let top = 48.0
  private static let legendWidth = 210.0
  private static let line = 20.0
  private static let shapes = 4
  /// More classes than this cannot be told apart; the others share a grey dot.
  package static let mostClasses = shapes * Colour.series.count

  /// Classes that have points.
  private var shown: [Int] {
    let present = Set(points.map(\.label))
    return classes.indices.filter { present.contains($0) }
  }

  package var size: PictureSize {
    let legend = Int(Self.top + Self.line * Double(min(shown.count, Self.mostClasses) + 2))
    return PictureSize(
      width: Int(Self.left + Self.side + 24 + Self.legendWidth),
      height: max(Int(Self.top + Self.side) + 56, legend))
  }

  /// - Throws: `DrawingError`, `PictureError`.
  package func encoded(as format: DrawingFormat) throws -> [UInt8] {
    let canvas = try Canvas(size: size, format: format)
    canvas.text(
      canvas.shortened(title, to: Double(size.width) - 32, size: 16), x: 16, y: 30, size: 16)
    canvas.frame(x: Self.left, y: Self.top, width: Self.side, height: Self.side, .faint)
    guard let lowX = points.map(\.x).min(), let highX = points.map(\.x).max(),
      let lowY = points.map(\.y).min(), let highY = points.map(\.y).max()
    else {
      canvas.text(
        "no points", x: Self.left + Self.side / 2, y: Self.top + Self.side / 2, .grey,
        anchor: .middle)
      return try canvas.encoded()
    }
    let (columns, rows) = (AxisTicks(lowX...highX, count: 7), AxisTicks(lowY...highY, count: 7))
    func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
      (
        Self.left + Self.side * (x - columns.low) / (columns.high - columns.low),
        Self.top + Self.side * (1 - (y - rows.low) / (rows.high - rows.low))
      )
    }
    for value in columns.values {
      let x = place(value, rows.low).x.rounded() + 0.5
      canvas.line([(x, Self.top), (x, Self.top + Self.side)], .faint)
      canvas.text(
        columns.text(value), x: x, y: Self.top + Self.side + 18, size: 12, anchor: .middle)
    }
    for value in rows.values {
      let y = place(columns.low, value).y.rounded() + 0.5
      canvas.line([(Self.left, y), (Self.left + Self.side, y)], .faint)
      canvas.text(rows.text(value), x: Self.left - 8, y: y + 4, size: 12, anchor: .right)
    }
    canvas.text(
      xLabel, x: Self.left + Self.side / 2, y: Self.top + Self.side + 42, size: 13, anchor: .middle)
    canvas.textUpwards(yLabel, x: 20, y: Self.top + Self.side / 2, size: 13)
    let order = Dictionary(shown.enumerated().map { ($1, $0) }) { first, _ in first }
    for point in points {
      let (x, y) = place(point.x, point.y)
      mark(canvas, order[point.label] ?? Self.mostClasses, x: x, y: y)
    }
    drawLegend(canvas)
    return try canvas.encoded()
  }

  private func drawLegend(_ canvas: Canvas) {
    let x = Self.left + Self.side + 24
    var counts: [Int: Int] = [:]
    for point in points { counts[point.label, default: 0] += 1 }
    for (number, label) in shown.prefix(Self.mostClasses).enumerated() {
      let y = Self.top + Self.line * Double(number) + 14
      mark(canvas, number, x: x + 6, y: y - 4)
      canvas.text(
        canvas.shortened(
          "\(classes[label]) (\(counts[label] ?? 0))", to: Self.legendWidth - 34),
        x: x + 18, y: y)
    }
    if shown.count > Self.mostClasses {
      let y = Self.top + Self.line * Double(Self.mostClasses) + 14
      mark(canvas, Self.mostClasses, x: x + 6, y: y - 4)
      canvas.text("\(shown.count - Self.mostClasses) other classes", x: x + 18, y: y)
    }
  }

  /// A colour and a shape for each class: whoever cannot tell colours apart has the shapes of many
  /// classes, and few classes have colours that all can.
  private func mark(_ canvas: Canvas, _ number: Int, x: Double, y: Double) {
    guard number < Self.mostClasses else {
      canvas.dot(x: x, y: y, radius: 2, .grey)
      return
    }
    let colour = Colour.series[number % Colour.series.count]
    switch number / Colour.series.count {
    case 0: canvas.dot(x: x, y: y, radius: 3, colour)
    case 1: canvas.fill(x: x - 3, y: y - 3, width: 6, height: 6, colour)
    case 2:
      canvas.line([(x - 3, y - 3), (x + 3, y + 3)], colour, width: 1.5)
      canvas.line([(x - 3, y + 3), (x + 3, y - 3)], colour, width: 1.5)
    default:
      canvas.dot(x: x, y: y, radius: 3.5, colour)
      canvas.dot(x: x, y: y, radius: 2, .paper)
    }
  }
}

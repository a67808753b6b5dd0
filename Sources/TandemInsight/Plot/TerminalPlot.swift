import Foundation
import TandemProcess

/// Curves of characters, for terminals and logs.
package struct TerminalPlot {
  /// What a curve is made of.
  package enum Style: Hashable, Sendable {
    /// Dots of which eight are in a character, in a colour for each curve.
    case colouredDots
    /// Such dots where there is one curve, else a mark for each curve.
    case dots
    /// ASCII.
    case plain
  }

  package let panel: PlotPanel
  package let style: Style

  package init(_ panel: PlotPanel, style: Style) {
    self.panel = panel
    self.style = style
  }

  /// What a stream shows: colours on terminals unless `NO_COLOR` is set, dots where the locale has
  /// Unicode's letters.
  package static func style(isTerminal: Bool, _ environment: [String: String]) -> Style {
    guard TerminalText.showsUnicode(environment), environment["TERM"] != "dumb" else {
      return .plain
    }
    let hasColours = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
    return hasColours ? .colouredDots : .dots
  }

  /// Columns of the numbers beside the vertical axis.
  private static let axis = 9

  /// The plot: a title, so many rows of curves, the horizontal axis, and the curves' names.
  /// - Parameters:
  ///   - columns: of the terminal; what is narrower than 24 is taken for that.
  ///   - rows: of the curves.
  package func lines(columns: Int, rows: Int) -> [String] {
    let width = max(24, columns) - Self.axis - 1
    let points = panel.series.flatMap(\.points)
    guard let low = points.map(\.x).min(), let high = points.map(\.x).max(),
      let least = points.map(\.y).min(), let most = points.map(\.y).max()
    else { return ["\(panel.title): not measured"] }
    let room = most > least ? 0.0 : most == 0 ? 1 : abs(most) / 2
    let grid = Grid(
      width: width, height: rows, x: low...(high > low ? high : low + 1),
      y: (least - room)...(most + room))
    var cells = [[Cell?]](repeating: [Cell?](repeating: nil, count: width), count: rows)
    for (number, series) in panel.series.enumerated() {
      draw(series.points, number, grid, into: &cells)
    }
    let bar = style == .plain ? "|" : "│"
    var lines = [String(panel.title.prefix(max(24, columns)))]
    for (row, line) in cells.enumerated() {
      let value =
        row == 0 ? grid.y.upperBound : row == rows - 1 ? grid.y.lowerBound : nil
      let label = value.map(Self.short) ?? ""
      lines.append(
        String(repeating: " ", count: max(0, Self.axis - 1 - label.count)) + label + bar
          + line.map(text).joined())
    }
    let ends = (Self.short(low), Self.short(high))
    let gap = max(1, width - ends.0.count - ends.1.count)
    lines.append(
      String(repeating: " ", count: Self.axis) + ends.0 + String(repeating: " ", count: gap)
        + ends.1)
    return lines + panel.series.indices.map(legend)
  }

  private static func short(_ value: Double) -> String { String(format: "%.3g", value) }

  // MARK: Cells

  private struct Cell {
    /// Which curve was drawn last.
    var series: Int
    /// Bits of the dots, as Unicode numbers them in U+2800.
    var dots: UInt8 = 0
  }

  private struct Grid {
    let width: Int
    let height: Int
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>

    /// The place of a point in dots: two in a column, four in a row.
    func place(_ point: PlotSeries.Point) -> (column: Double, row: Double) {
      let right = (point.x - x.lowerBound) / (x.upperBound - x.lowerBound)
      let up = (point.y - y.lowerBound) / (y.upperBound - y.lowerBound)
      return (right * Double(2 * width - 1), (1 - up) * Double(4 * height - 1))
    }
  }

  private static let dotBits: [[UInt8]] = [
    [0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80],
  ]

  private func draw(
    _ points: [PlotSeries.Point], _ series: Int, _ grid: Grid, into cells: inout [[Cell?]]
  ) {
    func set(_ column: Int, _ row: Int) {
      let (cellColumn, cellRow) = (column / 2, row / 4)
      var cell = cells[cellRow][cellColumn] ?? Cell(series: series)
      cell.series = series
      cell.dots |= Self.dotBits[row % 4][column % 2]
      cells[cellRow][cellColumn] = cell
    }
    let places = points.map(grid.place)
    for (from, to) in zip(places, places.dropFirst() + places.suffix(1)) {
      let steps = max(
        1, Int(max(abs(to.column - from.column), abs(to.row - from.row)).rounded(.up)))
      for step in 0...steps {
        let share = Double(step) / Double(steps)
        set(
          Int((from.column + (to.column - from.column) * share).rounded()),
          Int((from.row + (to.row - from.row) * share).rounded()))
      }
    }
  }

  /// Whether curves have marks instead of dots.
  private var hasMarks: Bool {
    style == .plain || style == .dots && panel.series.count > 1
  }

  private var marks: [String] {
    style == .plain ? ["*", "o", "+", "x", "#", "@", "%"] : ["●", "○", "▲", "△", "■", "□", "◆"]
  }

  /// Blue, yellow, green, magenta, cyan, red and white of the terminal's own palette.
  private static let colours = [34, 33, 32, 35, 36, 31, 37]

  private func coloured(_ text: String, _ series: Int) -> String {
    guard style == .colouredDots else { return text }
    return "\u{1B}[\(Self.colours[series % Self.colours.count])m\(text)\u{1B}[0m"
  }

  private func text(_ cell: Cell?) -> String {
    guard let cell else { return " " }
    if hasMarks { return marks[cell.series % marks.count] }
    let scalar = Unicode.Scalar(0x2800 + UInt32(cell.dots)) ?? " "
    return coloured(String(Character(scalar)), cell.series)
  }

  private func legend(_ number: Int) -> String {
    let series = panel.series[number]
    let sign =
      hasMarks ? marks[number % marks.count] : coloured(style == .plain ? "-" : "⣀", number)
    let last = series.points.last.map { " " + Self.short($0.y) } ?? ""
    return String(repeating: " ", count: Self.axis) + sign + " " + series.name.escaped + last
  }
}

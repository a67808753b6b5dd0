import TandemImage

/// Panels in two columns below a legend.
package struct PlotSheet: Hashable, Sendable {
  package let title: String
  package let panels: [PlotPanel]
  /// What the lines are called, in the order of the legend.
  private let legend: [PlotSeries]
  private static let margin = 16
  private static let titleHeight = 34
  private static let legendLine = 22

  /// - Parameter panels: at least one; lines of the same name look the same in all of them.
  package init(title: String, panels: [PlotPanel]) {
    precondition(!panels.isEmpty, "a sheet shows something")
    self.title = title
    self.panels = panels
    var known: Set<String> = [""]
    legend = panels.flatMap(\.series).filter { known.insert($0.name).inserted }
  }

  private var columns: Int { min(2, panels.count) }

  private var top: Int { Self.margin + Self.titleHeight + legend.count * Self.legendLine }

  package var size: PictureSize {
    let rows = (panels.count + columns - 1) / columns
    return PictureSize(
      width: columns * PlotPanel.size.width + 2 * Self.margin,
      height: top + rows * PlotPanel.size.height + Self.margin)
  }

  /// - Throws: `DrawingError`, `PictureError`.
  package func encoded(as format: DrawingFormat) throws -> [UInt8] {
    let canvas = try Canvas(size: size, format: format)
    let room = Double(size.width - 2 * Self.margin)
    canvas.text(
      canvas.shortened(title, to: room, size: 16), x: Double(Self.margin),
      y: Double(Self.margin + 16), size: 16)
    for (number, line) in legend.enumerated() {
      let y = Double(Self.margin + Self.titleHeight + number * Self.legendLine + 8)
      let x = Double(Self.margin)
      canvas.line(
        [(x, y - 4), (x + 36, y - 4)], Colour.series[line.colour % Colour.series.count], width: 2,
        dash: line.isDashed ? 6 : nil)
      canvas.text(canvas.shortened(line.name, to: room - 46), x: x + 46, y: y)
    }
    for (number, panel) in panels.enumerated() {
      panel.draw(
        on: canvas, x: Double(Self.margin + number % columns * PlotPanel.size.width),
        y: Double(top + number / columns * PlotPanel.size.height))
    }
    return try canvas.encoded()
  }
}

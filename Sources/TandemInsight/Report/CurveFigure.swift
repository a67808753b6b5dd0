import Foundation

/// The curves of one quantity in a page: a still drawing whose words are words, with the numbers
/// for a script that lets people read and enlarge them.
package struct CurveFigure {
  package let panel: PlotPanel
  /// Whether a script puts something livelier in its place.
  package let isLive: Bool

  package init(_ panel: PlotPanel, isLive: Bool) {
    self.panel = panel
    self.isLive = isLive
  }

  private static let width = 460.0
  private static let height = 290.0
  private static let left = 58.0
  private static let right = 446.0
  private static let top = 12.0
  private static let bottom = 246.0

  package var node: HTMLNode {
    let data = isLive ? [HTMLNode.data(json)] : []
    return .element(
      "figure", ["class": isLive ? "chart" : "chart still"],
      [.element("h3", text: panel.title), drawing] + data)
  }

  /// What each line is called, once for all panels that share the lines.
  package static func legend(_ panels: [PlotPanel]) -> HTMLNode {
    var known: Set<String> = [""]
    let lines = panels.flatMap(\.series).filter { known.insert($0.name).inserted }
    return .element(
      "ul", ["class": "legend"],
      lines.map { line in
        .element(
          "li", [:],
          [
            .element(
              "svg", ["viewBox": "0 0 36 10", "aria-hidden": "true"],
              [
                .element(
                  "line",
                  [
                    "x1": "0", "y1": "5", "x2": "36", "y2": "5", "stroke": colour(line),
                    "stroke-width": "3", "stroke-dasharray": line.isDashed ? "6 4" : nil,
                  ])
              ]), .text(line.name),
          ])
      })
  }

  private static func colour(_ line: PlotSeries) -> String {
    let bytes = Colour.series[line.colour % Colour.series.count].bytes
    return "#" + bytes.map { String(format: "%02x", $0) }.joined()
  }

  // MARK: The drawing

  private var drawing: HTMLNode {
    .element(
      "svg",
      [
        "viewBox": "0 0 \(Int(Self.width)) \(Int(Self.height))", "role": "img",
        "aria-label": description,
      ], content)
  }

  /// What a reader who does not see it is told.
  private var description: String {
    let lines = panel.series.compactMap { line -> String? in
      guard let first = line.points.first, let last = line.points.last else { return nil }
      let mark = line.mark.map { ", best at \($0.text)" } ?? ""
      return "\(line.name): \(short(first.y)) at \(panel.xLabel) \(short(first.x)), "
        + "\(short(last.y)) at \(panel.xLabel) \(short(last.x))\(mark)"
    }
    return "\(panel.title) (\(panel.yLabel)) over \(panel.xLabel). "
      + (lines.isEmpty ? "Not measured." : lines.joined(separator: "; ") + ".")
  }

  private func short(_ value: Double) -> String { String(format: "%.4g", value) }

  private var content: [HTMLNode] {
    let points = panel.series.flatMap(\.points)
    guard let low = points.map(\.x).min(), let high = points.map(\.x).max(),
      let least = points.map(\.y).min(), let most = points.map(\.y).max()
    else {
      return [text("not measured", x: Self.width / 2, y: Self.height / 2, anchor: "middle")]
    }
    let columns = AxisTicks(low...high, count: 6, isWhole: true)
    let rows = AxisTicks(least...most, count: 5)
    let ends = low == high ? columns.low...columns.high : low...high
    func place(_ point: PlotSeries.Point) -> (x: Double, y: Double) {
      (
        Self.left + (Self.right - Self.left) * (point.x - ends.lowerBound)
          / (ends.upperBound - ends.lowerBound),
        Self.bottom - (Self.bottom - Self.top) * (point.y - rows.low) / (rows.high - rows.low)
      )
    }
    var nodes: [HTMLNode] = []
    for value in rows.values {
      let y = place(PlotSeries.Point(ends.lowerBound, value)).y
      nodes.append(line(Self.left, y, Self.right, y, "#e4e4e0"))
      nodes.append(text(rows.text(value), x: Self.left - 6, y: y + 4, anchor: "end"))
    }
    for value in columns.values where ends.contains(value) {
      let x = place(PlotSeries.Point(value, rows.low)).x
      nodes.append(line(x, Self.bottom, x, Self.bottom + 4, "#76767a"))
      nodes.append(text(columns.text(value), x: x, y: Self.bottom + 18, anchor: "middle"))
    }
    nodes.append(line(Self.left, Self.bottom, Self.right, Self.bottom, "#a8a8a4"))
    nodes.append(
      text(
        "\(panel.yLabel), over \(panel.xLabel)", x: (Self.left + Self.right) / 2,
        y: Self.height - 6, anchor: "middle"))
    for line in panel.series { nodes += curve(line, line.points.map(place)) }
    for line in panel.series {
      if let mark = line.mark { nodes += marked(line, mark, at: place(mark.point)) }
    }
    return nodes
  }

  private func curve(_ line: PlotSeries, _ places: [(x: Double, y: Double)]) -> [HTMLNode] {
    let colour = Self.colour(line)
    let path = places.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    let dots =
      places.count > 12
      ? []
      : places.map {
        HTMLNode.element(
          "circle", ["cx": number($0.x), "cy": number($0.y), "r": "3", "fill": colour])
      }
    return [
      .element(
        "polyline",
        [
          "points": path, "fill": "none", "stroke": colour, "stroke-width": "2",
          "stroke-linejoin": "round", "stroke-dasharray": line.isDashed ? "6 4" : nil,
        ])
    ] + dots
  }

  private func marked(
    _ line: PlotSeries, _ mark: PlotSeries.Mark, at place: (x: Double, y: Double)
  ) -> [HTMLNode] {
    let isLate = place.x > (Self.left + Self.right) / 2
    let isLow = place.y > (Self.top + Self.bottom) / 2
    return [
      .element(
        "circle",
        [
          "cx": number(place.x), "cy": number(place.y), "r": "5", "fill": "#ffffff",
          "stroke": Self.colour(line), "stroke-width": "2.5",
        ]),
      text(
        mark.text, x: place.x + (isLate ? -9 : 9), y: place.y + (isLow ? -10 : 18),
        anchor: isLate ? "end" : "start"),
    ]
  }

  private func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String
  ) -> HTMLNode {
    .element(
      "line",
      [
        "x1": number(x1), "y1": number(y1), "x2": number(x2), "y2": number(y2), "stroke": colour,
      ])
  }

  private func text(_ text: String, x: Double, y: Double, anchor: String) -> HTMLNode {
    .element(
      "text", ["x": number(x), "y": number(y), "text-anchor": anchor], text: text)
  }

  private func number(_ value: Double) -> String { String(format: "%.1f", value) }

  // MARK: The numbers

  private struct Numbers: Encodable {
    let x: String
    let y: String
    /// What the script calls the columns, each otherwise.
    let labels: [String]
    /// What people call the lines.
    let names: [String]
    let colours: [String]
    let dashed: [Bool]
    /// x, and a value of each line or null.
    let rows: [[Double?]]
  }

  /// The panel in numbers, an object of JSON.
  package var json: String {
    let lines = panel.series
    let values = lines.map { line in
      Dictionary(line.points.map { ($0.x, $0.y) }) { _, last in last }
    }
    let places = Set(lines.flatMap { $0.points.map(\.x) }).sorted()
    let numbers = Numbers(
      x: panel.xLabel, y: panel.yLabel, labels: ["x"] + lines.indices.map { "line \($0 + 1)" },
      names: lines.map(\.name), colours: lines.map(Self.colour), dashed: lines.map(\.isDashed),
      rows: places.map { x in [x] + values.map { $0[x] } })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Points are finite, so that this cannot fail.
    return (try? encoder.encode(numbers)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}

/// A line of a plot.
package struct PlotSeries: Hashable, Sendable {
  package struct Point: Hashable, Sendable {
    package let x: Double
    package let y: Double

    package init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// What the legend calls it; empty where another line of the same colour has said it.
  package let name: String
  /// What is no finite number is left out.
  package let points: [Point]
  /// Which of the colours it has.
  package let colour: Int
  package let isDashed: Bool
  /// A point to mark, and the words beside it.
  package let mark: Mark?

  package struct Mark: Hashable, Sendable {
    package let point: Point
    package let text: String

    package init(_ point: Point, _ text: String) {
      self.point = point
      self.text = text
    }
  }

  package init(
    _ name: String, _ points: [Point], colour: Int, isDashed: Bool = false, mark: Mark? = nil
  ) {
    self.name = name
    self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
    self.colour = colour
    self.isDashed = isDashed
    self.mark = mark
  }
}

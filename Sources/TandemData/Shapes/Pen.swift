import Foundation

/// What draws an outline: a round pen of some width and darkness.
struct Pen {
  /// Pixels.
  let width: Double
  /// 1 is black ink.
  let darkness: Double
  /// The width swells and shrinks by this part along the way.
  let swelling: Double
  let phase: Double

  init(_ random: inout Outline.Random) {
    width = random.uniform(in: 1.3...2.7)
    darkness = random.uniform(in: 0.8...1)
    swelling = random.uniform(in: 0...0.25)
    phase = random.uniform(in: 0...2 * .pi)
  }

  /// The picture `[height, width]` of `outline` on white paper. A pixel is as dark as the pen
  /// covers it, estimated by the distance of its centre from the pen's edge.
  func draw(_ outline: Outline, height: Int, width pictureWidth: Int) -> [UInt8] {
    var coverage = [Double](repeating: 0, count: height * pictureWidth)
    let points = outline.points
    for segment in 1..<points.count {
      let (from, to) = (points[segment - 1], points[segment])
      let along = Double(segment) / Double(points.count)
      let radius = width / 2 * (1 + swelling * sin(2 * .pi * along + phase))
      let reach = radius + 1
      let low = pointwiseMin(from, to) - reach
      let high = pointwiseMax(from, to) + reach
      let rows = max(0, Int(low.y))..<max(0, min(height, Int(high.y) + 1))
      let columns = max(0, Int(low.x))..<max(0, min(pictureWidth, Int(high.x) + 1))
      for row in rows {
        for column in columns {
          let centre = Outline.Point(Double(column) + 0.5, Double(row) + 0.5)
          let distance = Self.distance(centre, from, to)
          let covered = min(1, max(0, radius - distance + 0.5))
          let pixel = row * pictureWidth + column
          coverage[pixel] = max(coverage[pixel], covered)
        }
      }
    }
    return coverage.map { UInt8((255 * (1 - darkness * $0)).rounded()) }
  }

  /// The distance between a point and the line from `from` to `to`.
  private static func distance(
    _ point: Outline.Point, _ from: Outline.Point, _ to: Outline.Point
  ) -> Double {
    let direction = to - from
    let length2 = (direction * direction).sum()
    let projection = ((point - from) * direction).sum() / max(length2, .leastNormalMagnitude)
    let nearest = from + direction * min(1, max(0, projection))
    let offset = point - nearest
    return (offset * offset).sum().squareRoot()
  }
}

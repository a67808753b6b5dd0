import Foundation
import TandemTensor

/// The way of a pen, as points joined by straight lines. Lengths are in pixels once it is placed;
/// before that a shape is about 1 in radius around (0, 0). The y axis points down.
struct Outline {
  typealias Point = SIMD2<Double>
  typealias Random = CounterRandom.Sequence

  var points: [Point]

  /// A circle that is a little oval and dented, and whose ends overlap or stay apart.
  static func circle(_ random: inout Random) -> Outline {
    let aspect = random.uniform(in: 0.82...1.2).squareRoot()
    let start = random.uniform(in: 0...2 * .pi)
    let turn = 2 * Double.pi + random.uniform(in: -0.25...0.35)
    let waves = (2...5).map { order in
      (
        order: Double(order), phase: random.uniform(in: 0...2 * .pi),
        height: random.uniform(in: -0.1...0.1) / Double(order - 1)
      )
    }
    // The radius at the end differs from that at the start.
    let drift = random.uniform(in: -0.08...0.08)
    let count = 40
    return Outline(
      points: (0...count).map { step in
        let fraction = Double(step) / Double(count)
        let angle = start + turn * fraction
        let wobble = waves.reduce(1 + drift * fraction) {
          $0 + $1.height * cos($1.order * angle + $1.phase)
        }
        return Point(cos(angle) * aspect, sin(angle) / aspect) * wobble
      })
  }

  static func rectangle(_ random: inout Random) -> Outline {
    let aspect = random.uniform(in: 0.6...1.67).squareRoot()
    let corners = [Point(-1, -1), Point(1, -1), Point(1, 1), Point(-1, 1)].map {
      $0 * Point(aspect, 1 / aspect) * 0.85 + jitter(0.13, &random)
    }
    return polygon(corners, &random)
  }

  static func triangle(_ random: inout Random) -> Outline {
    let apex = Point(random.uniform(in: -0.7...0.7), -1.05)
    let corners = [apex, Point(1, 0.85), Point(-1, 0.85)].map { $0 + jitter(0.15, &random) }
    return polygon(corners, &random)
  }

  /// Straight sides drawn by hand: each is bowed a little and trembles, and the pen starts at any
  /// corner and ends near where it started, short of it or past it.
  private static func polygon(_ corners: [Point], _ random: inout Random) -> Outline {
    let first = Int(random.uniform(in: 0...Double(corners.count).nextDown))
    let stepsPerSide = 8
    var points: [Point] = []
    for side in 0..<corners.count {
      let from = corners[(first + side) % corners.count]
      var to = corners[(first + side + 1) % corners.count]
      if side == corners.count - 1 { to += (to - from) * random.uniform(in: -0.06...0.1) }
      let across = Point(from.y - to.y, to.x - from.x)
      let bow = random.uniform(in: -0.06...0.06)
      for step in 0..<stepsPerSide {
        let fraction = Double(step) / Double(stepsPerSide)
        let tremble = step == 0 ? 0 : random.uniform(in: -0.012...0.012)
        points.append(
          from + (to - from) * fraction
            + across * (4 * bow * fraction * (1 - fraction) + tremble))
      }
      if side == corners.count - 1 { points.append(to) }
    }
    return Outline(points: points)
  }

  private static func jitter(_ size: Double, _ random: inout Random) -> Point {
    Point(random.uniform(in: -size...size), random.uniform(in: -size...size))
  }

  /// This outline rotated, enlarged and moved into a picture of 24×24 pixels, all of it inside.
  func placed(_ random: inout Random) -> Outline {
    let side = 24.0
    let margin = 2.75  // The widest pen stays inside too, with its soft edge.
    let angle = random.uniform(in: -0.35...0.35)
    let size = random.uniform(in: 9...18.5)
    let rotated = points.map {
      Point($0.x * cos(angle) - $0.y * sin(angle), $0.x * sin(angle) + $0.y * cos(angle))
    }
    var low = Point(repeating: .infinity)
    var high = -low
    for point in rotated {
      low = pointwiseMin(low, point)
      high = pointwiseMax(high, point)
    }
    let extent = high - low
    let scale = size / max(extent.x, extent.y)
    let room = Point(repeating: side - 2 * margin) - extent * scale
    let shift = Point(random.uniform(in: 0...1), random.uniform(in: 0...1)) * room
    return Outline(points: rotated.map { ($0 - low) * scale + shift + margin })
  }
}

extension CounterRandom.Sequence {
  /// Uniform in `range`, in steps of 2⁻²⁴ of its length.
  mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * Double(uniform())
  }
}

import Foundation

/// How the loss went while the learning rate rose, and which rate follows from it.
package struct LearningRateCurve: Hashable, Sendable {
  /// One step.
  package struct Point: Hashable, Encodable, Sendable {
    package let learningRate: Double
    /// Of the step's images, before its update.
    package let loss: Double
    /// The mean of the losses around it.
    package let smoothedLoss: Double
  }

  package let points: [Point]
  /// Of the points, where the smoothed loss falls fastest, for a factor of the rate.
  package let steepest: Int
  /// Of the points, where the smoothed loss is lowest.
  package let lowest: Int
  /// How far below its first value the smoothed loss comes, in parts of that.
  package let fall: Double

  /// The part of the rate with the lowest loss that is a good one: there the loss is about to rise
  /// (fastai's `minimum`; Gugger 2018,
  /// https://sgugger.github.io/how-do-you-find-a-good-learning-rate.html).
  private static let safety = 10.0
  /// A loss that falls by less than this has not fallen.
  private static let leastFall = 0.01

  /// - Parameter losses: finite ones, at least two, with the rates of their steps.
  package init(_ losses: [(learningRate: Double, loss: Double)]) {
    precondition(losses.count > 1, "a curve has points")
    let smoothed = Self.smoothed(losses.map(\.loss))
    points = losses.indices.map {
      Point(
        learningRate: losses[$0].learningRate, loss: losses[$0].loss, smoothedLoss: smoothed[$0])
    }
    let lowest = smoothed.indices.min { smoothed[$0] < smoothed[$1] } ?? 0
    self.lowest = lowest
    func slope(_ index: Int) -> Double {
      let (left, right) = (max(0, index - 1), min(smoothed.count - 1, index + 1))
      return (smoothed[right] - smoothed[left])
        / (log(losses[right].learningRate) - log(losses[left].learningRate))
    }
    steepest = (0...lowest).min { slope($0) < slope($1) } ?? 0
    fall = (smoothed[0] - smoothed[lowest]) / abs(smoothed[0])
  }

  /// The rate to train with: a tenth of the one at which the loss is lowest. nil for a loss that
  /// has not fallen.
  package var learningRate: Double? {
    fall < Self.leastFall ? nil : Self.rounded(points[lowest].learningRate / Self.safety)
  }

  /// Whether the loss still fell at the end, so that higher rates may be better.
  package var endsFalling: Bool { lowest >= points.count - 1 - points.count / 50 }

  /// The largest loss that is worth showing: what has run away would press all else flat.
  package var largestShown: Double {
    let smoothed = points.map(\.smoothedLoss)
    return min(
      smoothed.max() ?? smoothed[0], smoothed[0] + (smoothed[0] - smoothed[lowest]) / 2)
  }

  /// Weighted means around each value, with a bell of a fiftieth of all as its deviation: a step's
  /// images say little of the rate.
  private static func smoothed(_ values: [Double]) -> [Double] {
    let deviation = max(1, Double(values.count) / 50)
    let reach = Int((3 * deviation).rounded(.up))
    return values.indices.map { index in
      var (sum, weights) = (0.0, 0.0)
      for other in max(0, index - reach)...min(values.count - 1, index + reach) {
        let distance = Double(other - index) / deviation
        let weight = exp(-distance * distance / 2)
        sum += weight * values[other]
        weights += weight
      }
      return sum / weights
    }
  }

  /// To two digits: more of them would say more than is known.
  private static func rounded(_ rate: Double) -> Double {
    Double(String(format: "%.1e", rate)) ?? rate
  }
}

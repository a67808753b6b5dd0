/// The course of a training in a bounded number of points, however long it is: when they are all
/// taken, each two become one.
///
/// Ownership: belongs to whoever guards it.
package struct StepRing: Sendable {
  /// What some steps in sequence came to.
  package struct Point: Hashable, Sendable {
    /// The last one of them.
    package var step: Int
    /// The mean loss and the share of hits, 0…1, of their images.
    package var loss: Double
    package var top1: Double
    /// Of the last step.
    package var learningRate: Float
    package var images: Int
    /// That the steps took.
    package var seconds: Double

    package var imagesPerSecond: Double { seconds > 0 ? Double(images) / seconds : 0 }

    package init(
      step: Int, loss: Double, top1: Double, learningRate: Float, images: Int, seconds: Double
    ) {
      self.step = step
      self.loss = loss
      self.top1 = top1
      self.learningRate = learningRate
      self.images = images
      self.seconds = seconds
    }

    /// With the steps that follow.
    func joined(_ next: Point) -> Point {
      let share = Double(next.images) / Double(max(1, images + next.images))
      return Point(
        step: next.step, loss: loss + (next.loss - loss) * share,
        top1: top1 + (next.top1 - top1) * share, learningRate: next.learningRate,
        images: images + next.images, seconds: seconds + next.seconds)
    }
  }

  package let capacity: Int
  package private(set) var points: [Point] = []
  /// Steps in each point.
  package private(set) var stride = 1
  /// Counts how often points have become other ones; whoever has seen an earlier one begins anew.
  package private(set) var generation = 0
  private var open: (point: Point, steps: Int)?

  /// - Parameter capacity: an even number of points, at least 2.
  package init(capacity: Int = 2048) {
    precondition(capacity >= 2 && capacity.isMultiple(of: 2))
    self.capacity = capacity
    points.reserveCapacity(capacity)
  }

  package mutating func append(_ point: Point) {
    let joined = open.map { ($0.point.joined(point), $0.steps + 1) } ?? (point, 1)
    if joined.1 < stride {
      open = joined
      return
    }
    open = nil
    points.append(joined.0)
    if points.count == capacity { halve() }
  }

  private mutating func halve() {
    for index in 0..<capacity / 2 {
      points[index] = points[2 * index].joined(points[2 * index + 1])
    }
    points.removeLast(capacity / 2)
    stride *= 2
    generation += 1
  }

  /// The points that somebody has not seen who has seen the first `count` of a generation: those
  /// after them, or all of them if they have become others.
  package func news(since count: Int, of generation: Int) -> (from: Int, points: ArraySlice<Point>)
  {
    let from = generation == self.generation && (0...points.count).contains(count) ? count : 0
    return (from, points[from...])
  }
}

import TandemLive
import Testing

/// A course of any length in a bounded number of points.
struct StepRingTests {
  private func point(_ step: Int) -> StepRing.Point {
    StepRing.Point(
      step: step, loss: Double(step), top1: 1 / Double(step), learningRate: Float(step),
      images: 10, seconds: 0.5)
  }

  @Test func pointsAreKept() {
    var ring = StepRing(capacity: 8)
    for step in 1...7 { ring.append(point(step)) }
    #expect(ring.points == (1...7).map(point) && ring.stride == 1 && ring.generation == 0)
    #expect(ring.points[3].imagesPerSecond == 20)
  }

  @Test func twoBecomeOneWhereThereIsNoRoom() {
    var ring = StepRing(capacity: 8)
    for step in 1...8 { ring.append(point(step)) }
    #expect(ring.points.map(\.step) == [2, 4, 6, 8] && ring.stride == 2 && ring.generation == 1)
    #expect(ring.points.map(\.loss) == [1.5, 3.5, 5.5, 7.5])
    #expect(ring.points.map(\.learningRate) == [2, 4, 6, 8])
    #expect(ring.points.allSatisfy { $0.images == 20 && $0.imagesPerSecond == 20 })
    ring.append(point(9))
    #expect(ring.points.count == 4)
    ring.append(point(10))
    #expect(ring.points.last?.step == 10 && ring.points.last?.loss == 9.5)
  }

  /// Never more than there is room for, in order, and nothing is lost of the sums.
  @Test(arguments: [1, 7, 8, 9, 100, 1023, 5000])
  func aLongCourseStaysBounded(steps: Int) {
    var ring = StepRing(capacity: 16)
    for step in 1...steps { ring.append(point(step)) }
    #expect(ring.points.count < 16 || steps < 16)
    #expect(zip(ring.points, ring.points.dropFirst()).allSatisfy { $0.step < $1.step })
    let images = ring.points.reduce(0) { $0 + $1.images }
    #expect(images > 10 * (steps - ring.stride) && images <= 10 * steps)
    let mean = ring.points.reduce(0) { $0 + $1.loss * Double($1.images) } / Double(max(1, images))
    #expect(abs(mean - Double(images / 10 + 1) / 2) < 1e-9 * Double(steps))
  }

  @Test func whoHasSeenAnEarlierGenerationBeginsAnew() {
    var ring = StepRing(capacity: 8)
    for step in 1...5 { ring.append(point(step)) }
    #expect(ring.news(since: 3, of: 0).points.map(\.step) == [4, 5])
    #expect(ring.news(since: 5, of: 0).points.isEmpty)
    #expect(ring.news(since: 6, of: 0).from == 0, "more than there is")
    #expect(ring.news(since: -1, of: 0).from == 0)
    for step in 6...8 { ring.append(point(step)) }
    let (from, points) = ring.news(since: 5, of: 0)
    #expect(from == 0 && points.count == 4)
  }
}

import TandemExecution

/// Notes on the communication thread's timeline in which stage of the exchange each bucket is.
struct BucketTimes {
  private let timeline: Timeline
  private var stages: [(name: String, begin: UInt64)?]

  /// nil where stages are not asked for.
  init?(_ timeline: Timeline, buckets: Int) {
    guard timeline.detail == .operators else { return nil }
    self.timeline = timeline
    stages = Array(repeating: nil, count: buckets)
  }

  func begin(step: Int) { timeline.step = step }

  /// Notes the stages; call it whenever they may have changed.
  /// - Parameter name: of a bucket's stage; nil before and after the exchange.
  mutating func note(_ name: (Int) -> String?) {
    for bucket in stages.indices {
      let stage = name(bucket)
      let before = stages[bucket]
      if stage == before?.name { continue }
      if let before {
        timeline.add(.bucket(bucket, stage: before.name), from: before.begin)
      }
      stages[bucket] = stage.map { ($0, Timeline.now) }
    }
  }
}

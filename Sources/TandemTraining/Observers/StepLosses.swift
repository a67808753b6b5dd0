/// The loss and the hits of each step by itself, out of records that tell those of the epoch so
/// far.
package struct StepLosses: Sendable {
  private var loss = 0.0
  private var hits = 0.0
  private var images = 0

  package init() {}

  /// The mean loss and the share of hits of a step's images, which follow those of the last one.
  package mutating func add(_ step: StepRecord) -> (loss: Double, top1: Double) {
    if step.stepInEpoch == 1 { self = StepLosses() }
    let all = Double(step.imagesInEpoch)
    let count = Double(step.imagesInEpoch - images)
    let own = ((step.loss * all - loss) / count, (step.top1 * all - hits) / count)
    loss = step.loss * all
    hits = step.top1 * all
    images = step.imagesInEpoch
    return own
  }
}

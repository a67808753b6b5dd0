/// How fast a run is and how long it will take, from its steps.
package struct ProgressRate {
  package init() {}

  private var imagesBefore = 0
  private var secondsBefore = 0.0
  private var smoothed: Double?

  /// Images per second, of the last seconds more than of those before.
  package private(set) var imagesPerSecond = Double.nan

  package mutating func add(_ step: StepRecord) {
    if step.imagesInEpoch < imagesBefore || step.secondsInEpoch < secondsBefore {
      imagesBefore = 0
      secondsBefore = 0
    }
    let seconds = step.secondsInEpoch - secondsBefore
    // Shorter stretches say more about the clock than about the work.
    guard seconds >= 0.05 else { return }
    let rate = Double(step.imagesInEpoch - imagesBefore) / seconds
    let weight = min(1, seconds / 2)
    smoothed = smoothed.map { $0 + (rate - $0) * weight } ?? rate
    imagesPerSecond = smoothed ?? rate
    imagesBefore = step.imagesInEpoch
    secondsBefore = step.secondsInEpoch
  }

  /// Seconds of training until all epochs are done.
  package func secondsLeft(_ step: StepRecord) -> Double {
    let images =
      step.trainImages - step.imagesInEpoch + (step.epochs - step.epoch) * step.trainImages
    return Double(images) / imagesPerSecond
  }
}

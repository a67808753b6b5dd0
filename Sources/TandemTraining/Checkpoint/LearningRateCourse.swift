/// What decides the learning rate of each step. It may be changed on purpose when a run is
/// continued, but a run that differs in it is no longer the one that was interrupted, so that has
/// to be said.
struct LearningRateCourse: Codable, Sendable {
  let learningRate: Float
  let schedule: Schedule
  let epochs: Int
  /// The digest of the images that are measured after each epoch, where anything goes by them.
  let measuredImages: String?

  init(_ options: TrainingOptions, measuredImages: String?) {
    self.measuredImages = measuredImages
    learningRate = options.learningRate
    schedule = options.schedule
    epochs = options.epochs
  }

  /// Why the result of continuing with `next` is not that of one run, in one line; nil if it is.
  ///
  /// - Parameter step: the steps made so far.
  func difference(to next: LearningRateCourse, step: Int, stepsPerEpoch: Int) -> String? {
    if learningRate != next.learningRate {
      return
        "a learning rate of \(learningRate), this run has \(next.learningRate); use `learningRate` "
        + "\(learningRate) for the result of one run"
    }
    if schedule != next.schedule {
      return "another learning rate schedule (\(type(of: schedule.shape).name)); use the same "
        + "`schedule` for the result of one run"
    }
    if let measuredImages, let others = next.measuredImages, measuredImages != others {
      let user =
        schedule.shape.metric == nil
        ? "the best epoch or its end is told"
        : "its schedule (\(type(of: schedule.shape).name)) goes"
      return "other images to measure with, by which \(user); use the same `data` and "
        + "`limited(test:)` for the result of one run"
    }
    func rate(_ epochs: Int) -> Float {
      schedule.learningRate(
        base: learningRate, step: step, stepsPerEpoch: stepsPerEpoch,
        totalSteps: epochs * stepsPerEpoch)
    }
    if rate(epochs) != rate(next.epochs) {
      return
        "a \(type(of: schedule.shape).name) schedule over \(epochs) epochs, this run spreads it "
        + "over \(next.epochs); use `epochs` \(epochs) for the result of one run"
    }
    return nil
  }
}

import TandemNetwork

/// Whether the numbers of a checkpoint make sense each and fit each other: files are edited, and
/// those of earlier versions carry no digest.
extension Checkpoint {
  /// - Throws: `TrainingError.damagedCheckpoint`.
  func checkNumbers(_ path: String) throws {
    func require(_ isSound: Bool, _ problem: @autoclosure () -> String) throws {
      if !isSound { throw TrainingError.damagedCheckpoint(path: path, problem: problem()) }
    }
    try checkIdentity(require)
    let epoch = EpochDivision(
      images: identity.trainImages, batchSize: identity.required("batchSize"),
      accumulatedBatches: identity.required("accumulatedBatches"))
    try checkPlace(stepsPerEpoch: epoch.steps, require)
    try checkSums(epoch, require)
    for (index, record) in progress.records.enumerated() {
      let number = index + 1
      try require(
        record.epoch == number && record.step == number * epoch.steps,
        "its record \(number) is of epoch \(record.epoch), step \(record.step), where epochs have "
          + counted(epoch.steps, "step"))
      try require(record.isSound, "its record of epoch \(number) has a number that makes no sense")
    }
    if let best = progress.best {
      try require(
        best.value.isFinite && (1...max(1, progress.epoch)).contains(best.epoch)
          && best.step == best.epoch * epoch.steps,
        "its best epoch is \(best.epoch), step \(best.step)")
    }
    try require(
      course.learningRate.isFinite && course.learningRate >= 0,
      "its learning rate is \(course.learningRate)")
    try requireCount(course.epochs, "epochs", require)
    if let step = model.step {
      try require(
        step == progress.step,
        "it is of step \(progress.step), but \(CheckpointFolder.modelName) beside it of step \(step)"
      )
    }
  }

  private typealias Requirement = (Bool, @autoclosure () -> String) throws -> Void

  private func requireCount(_ count: Int, _ what: String, _ require: Requirement) throws {
    try require(
      (1...TrainingOptions.mostOfACount).contains(count), "its number of \(what) is \(count)")
  }

  private func checkIdentity(_ require: Requirement) throws {
    try requireCount(identity.trainImages, "training images", require)
    for (what, name) in [
      ("images per mini-batch", "batchSize"), ("shards", "shards"),
      ("mini-batches per update", "accumulatedBatches"), ("pieces", "pieces"),
      ("images computed at once", "microBatchSize"),
    ] {
      if let count: Int = identity.value(name) { try requireCount(count, what, require) }
    }
    if let norm: Float = identity.value("clipNorm") {
      try require(norm.isFinite && norm > 0, "its gradients are clipped to \(norm)")
    }
    let smoothing: Float = identity.required("labelSmoothing")
    try require((0...1).contains(smoothing), "its label smoothing is \(smoothing)")
  }

  private func checkPlace(stepsPerEpoch: Int, _ require: Requirement) throws {
    let place = "epoch \(progress.epoch), step \(progress.stepInEpoch) of it, step \(progress.step)"
    try require(
      (0...TrainingOptions.mostOfACount).contains(progress.epoch)
        && (0...stepsPerEpoch).contains(progress.stepInEpoch)
        && progress.step == progress.epoch * stepsPerEpoch + progress.stepInEpoch,
      "its place (complete \(place) in all) does not fit epochs of "
        + counted(stepsPerEpoch, "step"))
    try require(
      progress.records.count == progress.epoch,
      "it has \(counted(progress.records.count, "record")) of "
        + "\(counted(progress.epoch, "complete epoch"))")
  }

  /// What the steps of the present epoch have added up.
  private func checkSums(_ epoch: EpochDivision, _ require: Requirement) throws {
    let sum = progress.sum
    let batches =
      progress.stepInEpoch == 0 ? 0 : epoch.batches(ofStep: progress.stepInEpoch - 1).upperBound
    let images = min(epoch.images, batches * epoch.batchSize)
    try require(
      sum.images == images,
      "it has sums of \(counted(sum.images, "image")), where \(images) were trained on")
    try require(
      (0...images).contains(sum.top1) && (0...images).contains(sum.top5) && sum.loss.isFinite
        && abs(sum.loss) <= Double(images) * Double(Float.greatestFiniteMagnitude),
      "the sums of its images' losses and hits make no sense")
    // Images are divided by these seconds.
    let rate = images == 0 ? 0 : Double(images) / progress.seconds
    try require(
      progress.seconds.isDuration && progress.secondsWaitingForData.isDuration && rate.isSpeed
        && progress.exchange.isSound, "its seconds and bytes make no sense")
  }
}

extension EpochRecord {
  fileprivate var isSound: Bool {
    let shares = [trainTop1, testTop1 ?? 0, testTop5 ?? 0, emaTop1 ?? 0, emaTop5 ?? 0]
    return learningRate.isFinite && learningRate >= 0 && trainLoss.isFinite
      && testLoss?.isFinite ?? true && emaLoss?.isFinite ?? true
      && shares.allSatisfy((0...1).contains)
      && imagesPerSecond.isSpeed && seconds.isDuration
      && secondsWaitingForData.isDuration && exchange.isSound
  }
}

extension ExchangeFigures {
  /// With room for those of the steps to come.
  fileprivate var isSound: Bool {
    (0...1 << 60).contains(bytesSent) && secondsExchanging.isDuration && secondsExposed.isDuration
  }
}

extension Double {
  /// Whether it can be seconds of a training: thirty thousand years are more than any takes.
  fileprivate var isDuration: Bool { (0...1e12).contains(self) }

  /// Whether it can be images per second.
  fileprivate var isSpeed: Bool { (0...1e12).contains(self) }
}

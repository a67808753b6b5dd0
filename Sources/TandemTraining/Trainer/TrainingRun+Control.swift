import TandemCollectives

// What changes a run on its way: see `TrainingControl`.

extension TrainingRun {
  /// How long ranks wait at a time while they are paused: then they hear whether one of them was
  /// told to stop, and see each other alive.
  private static let beatSeconds = 0.2

  /// Makes the changes that are to hold from the next step on; all ranks come here.
  func makePlannedChanges() throws {
    while let change = plannedChanges.first, change.step <= progress.step + 1 {
      plannedChanges.removeFirst()
      try make(change)
    }
  }

  /// Does what the first rank was asked for, and waits if it is a pause; all ranks come here,
  /// between two steps.
  /// - Returns: whether the run is to end.
  func attend() throws -> Bool {
    let job = trainer.job
    var isPaused = false
    var stops = false
    repeat {
      let seconds = isPaused ? Self.beatSeconds : 0
      let requests = try job.fromFirstRank("hearing what the training is asked for") {
        trainer.control.take(waitingSeconds: seconds)
      }
      for request in requests {
        let change = self.change(request)
        // A second pause is none, and nothing goes on that does not wait.
        if change.action == .pause, isPaused { continue }
        if change.action == .goOn, !isPaused { continue }
        try make(change)
        switch change.action {
        case .pause: isPaused = true
        case .goOn: isPaused = false
        case .stop: stops = true
        // The checkpoint of a whole epoch follows anyway, with what is measured after it.
        case .save where !isEpochComplete: try writeCheckpoint()
        case .save, nil: break
        }
      }
      trainer.control.note(isPaused: isPaused)
      if isPaused {
        let told = try job.gather("asking who was told to stop", trainer.stopRequest.isRequested)
        stops = stops || told.contains(true)
      }
    } while isPaused && !stops
    trainer.control.note(isPaused: false)
    return stops
  }

  /// Reports a stop that the first rank was asked for between epochs; all ranks come here.
  func noteStop() throws {
    let requests = try trainer.job.fromFirstRank("hearing who asked for the end") {
      trainer.control.take(waitingSeconds: 0)
    }
    for request in requests where request == .stop { try make(change(request)) }
  }

  private func change(_ request: TrainingControl.Request) -> TrainingChange {
    let step = progress.step + 1
    return switch request {
    case .learningRate(let rate): TrainingChange(step: step, learningRate: rate)
    case .learningRateFactor(let factor): TrainingChange(step: step, learningRateFactor: factor)
    case .momentum(let momentum): TrainingChange(step: step, momentum: momentum)
    case .pause: TrainingChange(step: step, action: .pause)
    case .goOn: TrainingChange(step: step, action: .goOn)
    case .save: TrainingChange(step: step, action: .save)
    case .stop: TrainingChange(step: step, action: .stop)
    }
  }

  private func make(_ change: TrainingChange) throws {
    if change.changesWeights {
      progress.changes = (progress.changes ?? []) + [change]
      try useMomentum()
    }
    try events.send(.changed(change))
  }

  /// Lets updates have the momentum that was set at last.
  /// - Throws: `TrainingError.noMomentum`.
  func useMomentum() throws {
    guard let momentum = progress.changes?.momentum else { return }
    guard let optimizer = options.optimizer.base.havingMomentum(momentum) else {
      throw TrainingError.noMomentum(optimizer: options.optimizer.name)
    }
    memory.change(AnyOptimizer(optimizer))
  }
}

import Foundation
import Synchronization

/// What people ask of a training while it runs: another learning rate or momentum, a pause, a
/// checkpoint, its end. Any thread may ask.
///
/// It is done between two steps, on all ranks alike: the first rank says after a step that there is
/// something (`StepSignals`), all leave their steps, hear what it is, and go on. What is asked for
/// during an evaluation has to wait for the next step. Without a change nothing is other than in a
/// training that nobody controls, and a change has the same result for any number of workers and
/// ranks. Only what the first rank is asked for counts.
public final class TrainingControl: Sendable {
  /// What a training is asked for.
  public enum Request: Hashable, Codable, Sendable {
    /// This rate from now on, in place of the schedule's; above 0.
    case learningRate(Float)
    /// The schedule's rate times this; 1 gives it back to the schedule.
    case learningRateFactor(Float)
    /// Above 0 and below 1, for an optimizer that has one; see `Trainer.momentum`.
    case momentum(Double)
    case pause
    case goOn
    /// A checkpoint, where there is a folder for it.
    case save
    case stop
  }

  private let requests = Mutex<[Request]>([])
  private let paused = Atomic<Bool>(false)
  private let news = DispatchSemaphore(value: 0)
  private let stopRequest: StopRequest

  init(_ stopRequest: StopRequest) {
    self.stopRequest = stopRequest
  }

  /// Whether the training waits for being told to go on.
  public var isPaused: Bool { paused.load(ordering: .relaxed) }

  /// - Throws: `TrainingError.invalidOption` for numbers that make no sense.
  public func ask(for request: Request) throws {
    try Self.check(request)
    requests.withLock { $0.append(request) }
    // First, so that no step sees that it is to stop without hearing who asked for it.
    stopRequest.callForAttention()
    // As a signal does, so that an evaluation that is under way ends the run too.
    if request == .stop { stopRequest.request() }
    news.signal()
  }

  static func check(_ request: Request) throws {
    func refuse(_ option: String, _ value: String, _ remedy: String) -> TrainingError {
      .invalidOption(option, value: value, remedy: remedy)
    }
    switch request {
    case .learningRate(let rate) where !(rate > 0 && rate.isFinite):
      throw refuse("learningRate", "\(rate)", "a rate is a number above 0")
    case .learningRateFactor(let factor) where !(factor > 0 && factor.isFinite):
      throw refuse("learningRate", "× \(factor)", "a factor is a number above 0")
    case .momentum(let momentum) where !(momentum > 0 && momentum < 1):
      throw refuse("momentum", "\(momentum)", "a momentum is above 0 and below 1")
    default: return
    }
  }

  /// What was asked for since the last time; waits for something while there is nothing.
  func take(waitingSeconds: Double) -> [Request] {
    if waitingSeconds > 0, requests.withLock(\.isEmpty) {
      _ = news.wait(timeout: .now() + waitingSeconds)
    }
    stopRequest.payAttention()
    return requests.withLock { requests in
      defer { requests = [] }
      return requests
    }
  }

  func note(isPaused: Bool) { paused.store(isPaused, ordering: .relaxed) }
}

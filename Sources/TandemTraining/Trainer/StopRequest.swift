import Synchronization

/// A request to end a run after its current step, which any thread may make.
public final class StopRequest: Sendable {
  private let flag = Atomic<Bool>(false)
  /// Whether `TrainingControl` has something for the run.
  private let attention = Atomic<Bool>(false)
  /// Signals that are requests too, while a run listens to them.
  private let signals = Mutex<StopSignals?>(nil)

  public init() {}

  public func request() { flag.store(true, ordering: .releasing) }

  public var isRequested: Bool {
    flag.load(ordering: .acquiring) || signals.withLock { $0?.haveCome ?? false }
  }

  /// What ranks tell each other after each step.
  var stepSignals: StepSignals {
    var signals: StepSignals = isRequested ? .stop : []
    if attention.load(ordering: .acquiring) { signals.insert(.attention) }
    return signals
  }

  /// Lets the run leave its steps after the present one, to look at what it was asked for.
  func callForAttention() { attention.store(true, ordering: .releasing) }

  /// To be called before looking.
  func payAttention() { attention.store(false, ordering: .sequentiallyConsistent) }

  /// Takes signals as requests from now on.
  func listen(to signals: StopSignals) {
    self.signals.withLock { $0 = signals }
  }

  /// Signals are no requests any more; one that has come stays one.
  func stopListening() {
    if isRequested { request() }
    signals.withLock { $0 = nil }
  }
}

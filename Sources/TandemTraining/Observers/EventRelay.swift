/// Hands events to all observers in turn.
struct EventRelay: Sendable {
  let observers: [any TrainingObserver]

  func send(_ event: TrainingEvent) throws {
    for observer in observers { try observer.receive(event) }
  }
}

import InMemoryLogging
import Logging
import TandemTraining
import Testing

@Suite("Reports through swift-log")
struct LogObserverTests {
  @Test("start, epochs and end at info, steps at trace")
  func levels() throws {
    var handler = InMemoryLogHandler()
    handler.logLevel = .trace
    let logger = Logger(label: "test") { [handler] _ in handler }
    // 20 images in mini-batches of 16: two steps per epoch.
    let trainer = try makeTrainer(
      quartersPair(train: 20), observers: [LogObserver(logger: logger)]
    ) { $0.epochs = 2 }
    let result = try trainer.run()

    func entries(_ message: Logger.Message) -> [InMemoryLogHandler.Entry] {
      handler.entries.filter { $0.message == message }
    }
    let steps = entries("step finished")
    #expect(steps.map(\.level) == Array(repeating: .trace, count: 4))
    #expect(steps.map { $0.metadata["step"] } == ["1", "2", "3", "4"])
    let epochs = entries("epoch finished")
    #expect(epochs.map(\.level) == [.info, .info])
    #expect(epochs.last?.metadata["trainLoss"] == "\(result.epochs[1].trainLoss)")
    #expect(entries("training finished").map { $0.metadata["ending"] } == ["completed"])
    #expect(handler.entries.first?.message.description.hasPrefix("training small") == true)
  }
}

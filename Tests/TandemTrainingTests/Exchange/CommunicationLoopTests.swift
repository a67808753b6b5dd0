import Synchronization
import TandemCollectives
import TandemTraining
import Testing

/// The loop of the communication thread with made-up clients.
@Suite struct CommunicationLoopTests {
  private static let step = StepContext(
    epoch: 0, step: 1, exchange: 0, activeShards: 1, images: 1, learningRate: 0)

  /// Answers a number of questions, each after a few polls.
  private final class Answering: CommunicationClient, Sendable {
    let questions = Atomic<Int>(0)
    let answers = Atomic<Int>(0)
    let polls = Atomic<Int>(0)
    let begins = Atomic<Int>(0)
    private let number: Int
    private let slowness: Int
    private let isDemanding: Bool

    init(number: Int, slowness: Int, isUrgent: Bool = false) {
      self.number = number
      self.slowness = slowness
      isDemanding = isUrgent
    }

    func begin(_ step: StepContext) { begins.add(1, ordering: .relaxed) }

    func isAskedFor(_ step: StepContext) -> Bool {
      questions.load(ordering: .acquiring) > answers.load(ordering: .relaxed)
    }

    var isUnderWay: Bool { polls.load(ordering: .relaxed) > 0 }

    func isUrgent(_ step: StepContext) -> Bool { isDemanding && isUnderWay }

    var isDone: Bool { answers.load(ordering: .relaxed) == number }

    func advance(
      _ step: StepContext, _ communicator: any Communicator, _ companion: Companion
    ) -> Bool {
      guard isAskedFor(step) else { return false }
      let polls = polls.add(1, ordering: .relaxed).newValue
      // Beginning is progress, looking whether it is over is none.
      guard polls > slowness else { return polls == 1 }
      self.polls.store(0, ordering: .relaxed)
      answers.add(1, ordering: .acquiringAndReleasing)
      companion.wakeOthers()
      return true
    }

    func takeBytesSent(_ step: StepContext) -> Int { 10 * number }

    /// A worker's part.
    func ask(_ worker: Worker) throws {
      let question = questions.add(1, ordering: .acquiringAndReleasing).newValue
      worker.wakeOthers()
      try worker.wait { answers.load(ordering: .acquiring) >= question }
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: [false, true])
  func servesAllClientsUntilTheLastIsDone(isUrgent: Bool) throws {
    let clients = [
      Answering(number: 7, slowness: 2), Answering(number: 0, slowness: 0),
      Answering(number: 3, slowness: 40, isUrgent: isUrgent),
    ]
    let bytesSent = Atomic<Int>(0)
    try Team(workers: 1).run { worker in
      for question in 0..<7 {
        try clients[0].ask(worker)
        if question < 3 { try clients[2].ask(worker) }
      }
    } alongside: { companion in
      let loop = CommunicationLoop(
        clients, companion: companion, communicator: SoloCommunicator())
      bytesSent.store(try loop.run(Self.step), ordering: .relaxed)
    }
    #expect(clients.map { $0.answers.load(ordering: .relaxed) } == [7, 0, 3])
    #expect(clients.allSatisfy { $0.begins.load(ordering: .relaxed) == 1 })
    #expect(bytesSent.load(ordering: .relaxed) == 100)
  }

  /// Nobody would ask any more: the loop must not wait for ever.
  @Test(.timeLimit(.minutes(1)), arguments: [0, 1000])
  func endsWhenAWorkerFails(slowness: Int) throws {
    struct Failure: Error {}
    let client = Answering(number: 2, slowness: slowness)
    #expect(throws: Failure.self) {
      try Team(workers: 1).run { worker in
        client.questions.add(1, ordering: .acquiringAndReleasing)
        worker.wakeOthers()
        throw Failure()
      } alongside: { companion in
        let loop = CommunicationLoop(
          [client], companion: companion, communicator: SoloCommunicator())
        #expect(throws: TeamError.abandoned) { try loop.run(Self.step) }
      }
    }
  }
}

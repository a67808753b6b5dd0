import Foundation
import TandemProcess

/// How a job ends when it cannot go on: with one line of one rank, and with as few words of MPI and
/// of `mpirun` as they can be kept from.
///
/// The rank that speaks tells the others that it has. With Open MPI 5 these answer; when all have,
/// it lets them leave with the exit code 0 and leaves last, with 1, which `mpirun` takes over
/// without a word. If one of them does not answer, and with Open MPI 4 always, the rank that has
/// spoken has MPI abort the job: version 4 has no words for that but those that we keep it from.
extension RankMonitor {
  /// How long a rank that fails waits for the one that speaks for all.
  private static let speakerSeconds = 0.5
  /// How long a rank that has spoken waits for the others to understand.
  private static let answerSeconds = 1.0
  /// How long it waits for them to be gone then.
  private static let leavingSeconds = 0.5
  /// How long it waits before it ends where `mpirun` ends the job because of a dead rank.
  private static let lastSeconds = 0.2
  /// How long a rank without MPI waits for the first watcher to speak and be gone.
  private static let firstWatcherSeconds = 0.45
  /// How long the others wait for it to end the job.
  private static let followingSeconds = 3.0

  /// Ends the job because this rank cannot go on. Of several ranks that fail at once, rank 0
  /// decides who is heard.
  func end(saying text: String) -> Never {
    if rank != 0 { wait(for: 0, after: .failure, [UInt8](text.utf8)) }
    // Another rank's message may have come first.
    try? hear(Self.now)
    speak(text)
  }

  /// Gives another rank the time to say why the job ends, in which case this does not return.
  func wait(for speaker: Int, after kind: ControlMessages.Kind, _ bytes: [UInt8]) {
    try? messages.send(kind, bytes, to: speaker)
    listen(seconds: Self.speakerSeconds)
  }

  func listen(seconds: Double, until isOver: () -> Bool = { false }) {
    let deadline = Self.now + seconds
    repeat {
      try? hear(Self.now)
      if isOver() { return }
      usleep(2_000)
    } while Self.now < deadline
  }

  /// Prints the job's one line and ends all ranks.
  ///
  /// - Parameter lost: ranks that are gone, for which `mpirun` ends the job too.
  func speak(_ text: String, without lost: [Int] = []) -> Never {
    say(text)
    MPILibrary.explainNothing()
    hasTheWord = true
    understood = []
    let others = hosts.indices.filter { $0 != rank && !lost.contains($0) }
    for other in others { try? messages.send(.ending, [], to: other) }
    if lost.isEmpty, MPILibrary.endsQuietly { leaveLast(of: others) }
    if lost.isEmpty {
      // The others know before they see this rank gone; those that are gone themselves never
      // answer.
      listen(seconds: 0.1) { (try? messages.hasSentAll()) ?? true }
    } else {
      // mpirun hears from its daemons who was the first.
      listen(seconds: Self.lastSeconds)
      // With version 5 others may be without MPI by now, and see only by this rank's end that it
      // has spoken.
      if MPILibrary.endsQuietly { _exit(1) }
    }
    MPILibrary.abort()
  }

  private func say(_ text: String) {
    if notes.hasSpoken.exchange(true, ordering: .relaxed) { return }
    MessageStream.writeError(text)
  }

  /// Lets all others leave before this rank does; returns if one of them does not answer.
  private func leaveLast(of others: [Int]) {
    func haveAllUnderstood() -> Bool { understood?.isSuperset(of: others) ?? false }
    listen(seconds: Self.answerSeconds, until: haveAllUnderstood)
    guard haveAllUnderstood() else { return }
    for other in others { try? messages.send(.leave, [], to: other) }
    let deadline = Self.now + Self.leavingSeconds
    while Self.now < deadline, !Set(goneRanks).isSuperset(of: others) {
      // Connections end one by one now, so that MPI is only asked as long as it has to send.
      if !((try? messages.hasSentAll()) ?? true), goneRanks.isEmpty { continue }
      usleep(2_000)
    }
    MPILibrary.leave(code: 1)
  }

  /// Waits for the end of a job whose line another rank has said.
  func follow(_ speaker: Int) -> Never {
    notes.hasSpoken.store(true, ordering: .relaxed)
    MPILibrary.explainNothing()
    understood = understood ?? []
    // With version 4 the speaker aborts, and SIGCONT is the first that comes of it.
    listen(seconds: Self.followingSeconds) { notes.isEnding }
    _exit(1)
  }

  /// What MPI does on the communication thread when it would end this process, because the
  /// connection to another rank has ended (Open MPI 5 over TCP): nothing of MPI can be called any
  /// more, so each rank looks for itself who is gone, and the first that can tell speaks.
  static let connectionBroke: @convention(c) () -> Void = {
    guard let running else { _exit(1) }
    running.speakWithoutMPI()
  }

  private func speakWithoutMPI() -> Never {
    // The job ends in good order, or because of an error that has been told.
    if notes.hasSpoken.load(ordering: .relaxed) {
      MPILibrary.leave(code: hasTheWord ? 1 : 0)
    }
    let begin = Self.now
    var first: [Int] = []
    while Self.now - begin < Self.followingSeconds {
      let gone = goneRanks
      if first.isEmpty { first = gone }
      let elapsed = Self.now - begin
      // Rank 0 speaks at once, the next watcher when it does not.
      if rank > 0, !first.contains(0), gone.contains(0) { _exit(1) }
      let isTurn =
        rank == 0
        || (rank < RankWatch.watchers && (first.contains(0) || elapsed > Self.firstWatcherSeconds))
      if isTurn, !first.isEmpty {
        say(words.finding(.lost(first), table, now: Self.now))
        endWithoutMPI()
      }
      if isTurn, elapsed > 0.3 {
        say("\(words.name([rank])): \(JobError.connectionLost)")
        endWithoutMPI()
      }
      usleep(5_000)
    }
    _exit(1)
  }
  private func endWithoutMPI() -> Never {
    usleep(UInt32(Self.lastSeconds * 1e6))
    _exit(1)
  }
}

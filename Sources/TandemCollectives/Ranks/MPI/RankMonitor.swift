import Dispatch
import Foundation
import TandemProcess

/// Keeps a rank in touch with the others while it waits for something: gives signs of life, hears of
/// failures, and ends the job with one line when a rank is missing.
///
/// Belongs to the communication thread.
final class RankMonitor {
  private let rank: Int
  private let hosts: [String]
  /// The process of each other rank of this host.
  private let neighbours: [(rank: Int, process: pid_t)]
  private let messages: ControlMessages
  private let notes: JobNotes
  private let activity: ActivityBoard
  private var table: RankTable
  private var nextTick = 0.0
  private var nextSign = 0.0
  private var lastTick: Double
  private var waitingSince: Double?
  /// Ranks of other hosts that are gone, as their neighbours say.
  private var reportedGone: [Int] = []

  /// Messages are looked for this often.
  private static let tickSeconds = 0.02
  /// How long a rank that fails waits for the one that speaks for all.
  private static let speakerSeconds = 0.5

  init(
    rank: Int, hosts: [String], neighbours: [(rank: Int, process: pid_t)], notes: JobNotes,
    activity: ActivityBoard
  ) throws {
    self.rank = rank
    self.hosts = hosts
    self.neighbours = neighbours
    self.notes = notes
    self.activity = activity
    messages = try ControlMessages()
    lastTick = Self.now
    table = RankTable(ranks: hosts.count, now: lastTick)
  }

  private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }

  /// Says whether an operation of all ranks is being waited for.
  func note(isWaiting: Bool) {
    if !isWaiting {
      waitingSince = nil
    } else if waitingSince == nil {
      waitingSince = Self.now
    }
  }

  /// Looks around if it is time to.
  func tick() throws {
    let now = Self.now
    guard now >= nextTick else { return }
    nextTick = now + Self.tickSeconds
    notes.lastTick.store(UInt64(now * 1e9), ordering: .relaxed)
    if now - lastTick > Double(JobNotes.gapNanoseconds) * 1e-9 {
      table.skip(seconds: now - lastTick)
      if waitingSince != nil { waitingSince = now }
      notes.lastGap.store(UInt64(now * 1e9), ordering: .relaxed)
    }
    lastTick = now
    notes.considerContinue()
    // Once a rank has died, messages may fail; that must not keep this one from saying who has.
    try? hear(now)
    if let failure = notes.settings.withLock({ $0.failure }) {
      try end(saying: failure)
    }
    if now >= nextSign {
      nextSign = now + RankWatch.signSeconds
      try? giveSign(now)
      try look(now)
    }
  }

  private func hear(_ now: Double) throws {
    while let message = try messages.receive() {
      switch message.kind {
      case .sign:
        table.hear(RankSign(bytes: message.bytes), from: message.sender, now: now)
      case .gone:
        reportedGone += message.bytes.withUnsafeBytes { bytes in
          stride(from: 0, to: bytes.count, by: 4).map {
            Int(bytes.loadUnaligned(fromByteOffset: $0, as: Int32.self))
          }
        }
      case .failure:
        speak(String(decoding: message.bytes, as: UTF8.self))
      case .ending:
        _exit(1)
      }
    }
  }

  private func giveSign(_ now: Double) throws {
    let waited = waitingSince.map { now - $0 } ?? 0
    let sign = RankSign(activity: activity.packed, waitedSeconds: waited)
    table.hear(sign, from: rank, now: now)
    // One that does not listen gets no more until it has heard the last one.
    guard try messages.hasSentAll() else { return }
    for watcher in 0..<min(RankWatch.watchers, hosts.count) where watcher != rank {
      try messages.send(.sign, sign.bytes, to: watcher)
    }
  }

  private func look(_ now: Double) throws {
    let gone = neighbours.filter { kill($0.process, 0) != 0 && errno == ESRCH }.map(\.rank)
    let watch = RankWatch(
      rank: rank, stallTimeoutSeconds: notes.settings.withLock { $0.stallTimeoutSeconds })
    let finding = watch.finding(
      table, now: now, gone: Set(gone + reportedGone).sorted(),
      isEnding: notes.isEnding)
    let words = RankWords(hosts: hosts, layerNames: notes.settings.withLock { $0.layerNames })
    switch finding {
    case .lost(let ranks):
      // The watchers know best what the lost ranks did; this one waits for their word.
      let speaker = hosts.indices.first { !ranks.contains($0) } ?? rank
      let bytes = ranks.flatMap { withUnsafeBytes(of: Int32($0)) { [UInt8]($0) } }
      if speaker != rank { try wait(for: speaker, after: .gone, bytes) }
      speak(words.finding(.lost(ranks), table, now: now))
    case .stalled:
      finding.map { speak(words.finding($0, table, now: now)) }
    case nil:
      break
    }
  }

  /// Ends the job because this rank cannot go on. Of several ranks that fail at once, rank 0 decides
  /// who is heard.
  private func end(saying text: String) throws -> Never {
    if rank != 0 { try wait(for: 0, after: .failure, [UInt8](text.utf8)) }
    // Another rank's message may have come first.
    try? hear(Self.now)
    speak(text)
  }

  /// Gives another rank the time to say why the job ends, in which case this does not return.
  private func wait(
    for speaker: Int, after kind: ControlMessages.Kind, _ bytes: [UInt8]
  ) throws {
    try? messages.send(kind, bytes, to: speaker)
    let deadline = Self.now + Self.speakerSeconds
    while Self.now < deadline {
      try? hear(Self.now)
      usleep(2_000)
    }
  }

  /// Prints the job's one line and ends all ranks.
  private func speak(_ text: String) -> Never {
    if !notes.hasSpoken.exchange(true, ordering: .relaxed) {
      MessageStream.standardError.writeLine("tandem: error: \(text)")
    }
    for other in hosts.indices where other != rank { try? messages.send(.ending, [], to: other) }
    // The others know before they see this rank gone; those that are gone themselves never answer.
    let deadline = Self.now + 0.1
    while Self.now < deadline {
      if (try? messages.hasSentAll()) ?? true { break }
      usleep(1_000)
    }
    MPILibrary.abort()
  }
}

import Dispatch
import Foundation
import TandemProcess

/// Keeps a rank in touch with the others while it waits for something: gives signs of life, hears
/// of failures, and ends the job with one line when a rank is missing.
///
/// Belongs to the communication thread.
final class RankMonitor {
  let rank: Int
  let hosts: [String]
  /// The process of each other rank of this host.
  private let neighbours: [(rank: Int, process: pid_t)]
  let messages: ControlMessages
  let notes: JobNotes
  private let activity: ActivityBoard
  private(set) var table: RankTable
  /// nil where all ranks are on one host: they tell by their processes who is there.
  let sockets: PeerSockets?
  /// The own ends that the watchers know.
  private var knownEnds: [PeerSockets.End] = []
  private var nextTick = 0.0
  private var nextSign = 0.0
  private var lastTick: Double
  private var waitingSince: Double?
  /// Ranks of other hosts that are gone, as their neighbours say.
  private var reportedGone: [Int] = []
  /// Whether this rank is the one that ends the job.
  var hasTheWord = false
  /// Once the job ends: the ranks that have told this one that they have understood.
  var understood: Set<Int>?

  /// Messages are looked for this often.
  private static let tickSeconds = 0.02
  /// Seconds without listening that are forgiven to all ranks.
  private static let gapSeconds = 0.25

  init(
    rank: Int, hosts: [String], neighbours: [(rank: Int, process: pid_t)], notes: JobNotes,
    activity: ActivityBoard
  ) throws {
    self.rank = rank
    self.hosts = hosts
    self.neighbours = neighbours
    self.notes = notes
    self.activity = activity
    sockets = neighbours.count + 1 < hosts.count ? PeerSockets() : nil
    messages = try ControlMessages()
    lastTick = Self.now
    table = RankTable(ranks: hosts.count, now: lastTick)
    Self.running = self
  }

  /// The monitor of this process, for `connectionBroke`. Written before MPI may call that, and read
  /// by the communication thread only.
  nonisolated(unsafe) static var running: RankMonitor?

  static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }

  var words: RankWords {
    RankWords(hosts: hosts, layerNames: notes.settings.withLock { $0.layerNames })
  }

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
    let gap = now - lastTick
    if gap > Self.gapSeconds { table.skip(seconds: gap) }
    if gap > Double(JobNotes.gapNanoseconds) * 1e-9 {
      if waitingSince != nil { waitingSince = now }
      notes.lastGap.store(UInt64(now * 1e9), ordering: .relaxed)
    }
    lastTick = now
    notes.considerContinue()
    // Once a rank has died, messages may fail; that must not keep this one from saying who has.
    try? hear(now)
    if let failure = notes.settings.withLock({ $0.failure }) { end(saying: failure) }
    if now >= nextSign {
      nextSign = now + RankWatch.signSeconds
      try? giveSign(now)
      try? tellConnections()
      look(now)
    }
  }

  func hear(_ now: Double) throws {
    while let message = try messages.receive() {
      switch message.kind {
      case .sign:
        table.hear(RankSign(bytes: message.bytes), from: message.sender, now: now)
      case .connections:
        sockets?.note(PeerSockets.decode(message.bytes), of: message.sender)
      case .gone:
        reportedGone += message.bytes.withUnsafeBytes { bytes in
          stride(from: 0, to: bytes.count, by: 4).map {
            Int(bytes.loadUnaligned(fromByteOffset: $0, as: Int32.self))
          }
        }
      case .failure:
        if understood == nil { speak(String(decoding: message.bytes, as: UTF8.self)) }
      case .ending:
        // Of two that have spoken at once the lower one leaves last.
        try? messages.send(.understood, [], to: message.sender)
        if understood == nil || message.sender < rank { follow(message.sender) }
      case .understood:
        understood?.insert(message.sender)
      case .leave:
        MPILibrary.leave(code: 0)
      }
    }
  }

  private func giveSign(_ now: Double) throws {
    let waited = waitingSince.map { now - $0 } ?? 0
    let sign = RankSign(activity: activity.packed, waitedSeconds: waited)
    table.hear(sign, from: rank, now: now)
    for watcher in watchers where watcher != rank {
      // One that does not listen gets no more until it has heard the last one.
      guard try messages.hasSentAll(to: watcher) else { continue }
      try messages.send(.sign, sign.bytes, to: watcher)
    }
  }

  /// Tells the watchers which connections are this rank's, whenever it has others than before.
  private func tellConnections() throws {
    guard let sockets else { return }
    let ends = sockets.refresh()
    if ends == knownEnds { return }
    knownEnds = ends
    for watcher in watchers where watcher != rank {
      try messages.send(.connections, PeerSockets.encode(ends), to: watcher)
    }
  }

  private var watchers: Range<Int> { 0..<min(RankWatch.watchers, hosts.count) }

  /// Ranks that are known to be gone, and not only silent.
  var goneRanks: [Int] {
    let neighbours = neighbours.filter { kill($0.process, 0) != 0 && errno == ESRCH }.map(\.rank)
    return Set(neighbours + reportedGone + (sockets?.lostRanks() ?? [])).sorted()
  }

  private func look(_ now: Double) {
    let gone = goneRanks
    // What they have said before they went comes first: that the job ends, or why.
    if !gone.isEmpty { listen(seconds: 0.1) }
    let watch = RankWatch(
      rank: rank, stallTimeoutSeconds: notes.settings.withLock { $0.stallTimeoutSeconds })
    let finding = watch.finding(
      table, now: Self.now, gone: gone, isEnding: notes.isEnding)
    switch finding {
    case .lost(let ranks):
      // The watchers know best what the lost ranks did; this one waits for their word.
      let speaker = hosts.indices.first { !ranks.contains($0) } ?? rank
      let bytes = ranks.flatMap { withUnsafeBytes(of: Int32($0)) { [UInt8]($0) } }
      if speaker != rank { wait(for: speaker, after: .gone, bytes) }
      speak(words.finding(.lost(ranks), table, now: Self.now), without: ranks)
    case .stalled:
      finding.map { speak(words.finding($0, table, now: Self.now)) }
    case nil:
      break
    }
  }
}

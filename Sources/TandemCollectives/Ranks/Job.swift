import Foundation
import Synchronization
import TandemProcess

/// The processes that work together: a whole `mpirun` job as one of its ranks sees it, or a plain
/// run, which is a job with one rank.
///
/// Safe to share: constant; the communicator is used by one thread only, see `perform`.
public final class Job: Sendable {
  /// This process, 0 ..< `size`.
  public let rank: Int
  public let size: Int
  /// The name of each rank's host.
  public let hosts: [String]
  /// The ranks on this host, ascending, this one among them.
  public let localRanks: [Int]
  /// What each worker is doing, for messages to the other ranks.
  package let activity: ActivityBoard
  /// The thread that calls MPI; nil in a plain run.
  private let thread: CommunicationThread?
  private let notes: JobNotes

  /// The job of a plain run.
  public static let solo = Job()

  private static let running = Mutex<Result<Job, any Error>?>(nil)

  /// For how long this rank waits, when MPI starts, for the others to come.
  public static var startTimeoutSeconds: Double {
    get { startTimeout.withLock { $0 } }
    set { startTimeout.withLock { $0 = newValue } }
  }

  private static let startTimeout = Mutex(120.0)

  /// Lets MPI start, under `mpirun`, while this thread does something else; `current` waits for it.
  public static func begin() {
    if LaunchEnvironment.current.size == nil { return }
    // Without a thread for that, `current` does it when it is called, and says what is wrong.
    try? OwnThread.start("tandem.begin") { _ = try? current() }
  }

  /// The job that this process belongs to: the same each time. Under `mpirun` the first call starts
  /// MPI and returns when all ranks have made it; a plain run never starts it. Under `mpirun`
  /// SIGPIPE is ignored from then on. When the others have not come within `startTimeoutSeconds`,
  /// the process ends with a line that says what is known of them.
  ///
  /// - Throws: `JobError`.
  public static func current() throws -> Job {
    try running.withLock { running in
      if let running { return running }
      let started = Result { try start() }
      running = started
      return started
    }.get()
  }

  private static func start() throws -> Job {
    let launch = LaunchEnvironment.current
    if launch.isLeftOver { throw JobError.leftOverVariables }
    guard let size = launch.size else { return solo }
    // Two connections to each rank of another host, and what MPI, its daemon's connection and the
    // threads of this process take.
    try Descriptors.ensure(24 + 2 * (size - (launch.localSize ?? 1)))
    // A message to a rank that has just died would end this one too, before it can say so.
    signal(SIGPIPE, SIG_IGN)
    let watch = StartWatch(launch, timeoutSeconds: startTimeoutSeconds)
    let job = try Job(notes: JobNotes(), activity: ActivityBoard(), watch: watch)
    // A rank that leaves without a word is taken for one that has failed.
    atexit { try? Job.current().finish() }
    return job
  }

  private init() {
    rank = 0
    size = 1
    hosts = ["localhost"]
    localRanks = [0]
    thread = nil
    notes = JobNotes()
    activity = ActivityBoard()
  }

  private init(notes: JobNotes, activity: ActivityBoard, watch: StartWatch) throws {
    let thread = try CommunicationThread(notes: notes, activity: activity, watch: watch)
    self.thread = thread
    self.notes = notes
    self.activity = activity
    (rank, size, hosts, localRanks) = try thread.perform {
      ($0.rank, $0.size, $0.hosts, $0.localRanks)
    }
  }

  /// Runs `body` on the one thread that may use the communicator, and returns what it returns. To
  /// be called by one thread at a time, never by a worker; inside of `body` it may be called again.
  ///
  /// - Parameter activity: what it is for, as others will read it if they have to wait for this
  ///   rank: "comparing settings".
  /// - Throws: what `body` throws.
  package func perform<Result>(
    _ activity: String, _ body: (any Communicator) throws -> Result
  ) throws -> Result {
    guard let thread else { return try body(SoloCommunicator()) }
    return try thread.perform(body)
  }

  /// Whether a launcher such as `mpirun` has started this process, with one rank or more.
  public var isLaunched: Bool { thread != nil }

  /// Waits until all ranks have come here, and ends MPI. Happens at the end of the process too,
  /// where nobody has called it. Nothing can be said to the other ranks afterwards.
  public func finish() throws {
    try thread?.finish()
  }

  /// Ends all ranks of the job because this one cannot go on, after one line that names the rank,
  /// its host and what it was doing. If several ranks fail at once, one of them is heard.
  ///
  /// - Parameter error: if it is `JobError.endedByAnotherRank`, nothing is told: the other rank
  ///   does it. A `JobWideError` is told as it is.
  public func fail(_ error: any Error) -> Never {
    guard let thread, size > 1 else {
      MessageStream.writeError("\(error)")
      exit(1)
    }
    if error as? JobError == .endedByAnotherRank { thread.waitForEnd() }
    if case .mpiFailed = error as? JobError {
      // Most likely because another rank has died, which those who watch find out when they look.
      notes.hasFailedCall.store(true, ordering: .relaxed)
      thread.nap(seconds: 0.8)
    }
    if error is any JobWideError { thread.end(saying: "\(error)") }
    let words = RankWords(hosts: hosts, layerNames: notes.settings.withLock { $0.layerNames })
    thread.end(saying: "\(words.place(rank: rank, activity.entry)): \(error)")
  }

  /// Names the network's layers by node, for messages about what a rank is doing.
  public func describeLayers(_ names: [String]) {
    notes.settings.withLock { $0.layerNames = names }
  }

  /// For how long ranks wait for one that gives no sign of life or progress before the job ends.
  public var stallTimeoutSeconds: Double {
    get { notes.settings.withLock { $0.stallTimeoutSeconds } }
    set { notes.settings.withLock { $0.stallTimeoutSeconds = newValue } }
  }

  /// Whether the launcher has begun to end the ranks, as SIGCONT says that follows no suspension.
  /// Only while signals are listened to (`TrainingOptions.stopsOnSignals`).
  public var isEndedByLauncher: Bool {
    notes.isEndedByLauncher.load(ordering: .relaxed)
  }
}

import Foundation
import TandemCollectives
import TandemTensor

/// Ranks that are threads of this process: what a rank sends is copied from its memory some time
/// after all ranks have started the operation. Lets the exchange be tested without mpirun, and by
/// the thread sanitizer.
///
/// Safe to share: everything mutable is guarded by `lock`.
final class ThreadRanks: @unchecked Sendable {
  let size: Int
  private let lock = NSCondition()
  private var meetings: [Key: Meeting] = [:]
  /// By rank; once.
  private var shared: [Int: MemoryArena] = [:]

  fileprivate struct Key: Hashable {
    let channel: CommunicatorChannel
    let number: Int
  }

  /// An operation as the ranks that have come to it see it.
  fileprivate final class Meeting {
    var parts: [Int: Part] = [:]
    var isDone = false
    var slowness: Int

    init(slowness: Int) { self.slowness = slowness }
  }

  /// What a rank sends to each other rank, and where it wants to have what that one sends.
  fileprivate struct Part {
    let sends: [UnsafeRawBufferPointer]
    let receives: [UnsafeMutableRawBufferPointer]
  }

  init(size: Int) {
    self.size = size
  }

  func communicator(_ rank: Int) -> any Communicator { ThreadCommunicator(self, rank: rank) }

  /// Runs `body` for each rank on a thread of its own; throws the error of the first rank that has
  /// one.
  func run(_ body: @escaping @Sendable (_ rank: Int, any Communicator) throws -> Void) throws {
    let errors = Errors()
    let group = DispatchGroup()
    for rank in 0..<size {
      group.enter()
      Thread.detachNewThread {
        do { try body(rank, self.communicator(rank)) } catch { errors.add(rank, error) }
        group.leave()
      }
    }
    group.wait()
    if let error = errors.first { throw error }
  }

  private final class Errors: @unchecked Sendable {  // Guarded by `lock`.
    private let lock = NSLock()
    private var all: [Int: any Error] = [:]
    func add(_ rank: Int, _ error: any Error) { lock.withLock { all[rank] = error } }
    var first: (any Error)? { lock.withLock { all.min { $0.key < $1.key }?.value } }
  }

  /// A rank comes to an operation.
  fileprivate func meet(_ key: Key, rank: Int, _ part: Part) -> Meeting {
    lock.withLock {
      let meeting = meetings[key] ?? Meeting(slowness: slowness(key))
      meeting.parts[rank] = part
      meetings[key] = meeting.parts.count == size ? nil : meeting
      return meeting
    }
  }

  /// How often an operation has to be looked at before it is over: not in the order in which they
  /// were started, as on a network.
  private func slowness(_ key: Key) -> Int { (key.number * 7 + key.channel.rawValue * 3) % 11 }

  /// Gives each rank's memory to all, when all have come.
  fileprivate func share(_ rank: Int, _ byteCount: Int) throws -> [UnsafeMutableRawPointer] {
    let arena = try MemoryArena(byteCount: byteCount, purpose: "memory that ranks share")
    return lock.withLock {
      shared[rank] = arena
      if shared.count == size { lock.broadcast() }
      while shared.count < size { lock.wait() }
      return (0..<size).compactMap { shared[$0]?.base }
    }
  }

  /// Looks at an operation that all ranks have come to; whoever does so once too often moves the
  /// bytes.
  fileprivate func isDone(_ meeting: Meeting) -> Bool {
    lock.withLock {
      guard !meeting.isDone, meeting.parts.count == size else { return meeting.isDone }
      meeting.slowness -= 1
      guard meeting.slowness < 0 else { return false }
      for (sender, sent) in meeting.parts {
        for (receiver, received) in meeting.parts where receiver != sender {
          let bytes = sent.sends[receiver]
          precondition(bytes.count == received.receives[sender].count, "\(sender) → \(receiver)")
          received.receives[sender].copyMemory(from: bytes)
        }
      }
      meeting.isDone = true
      return true
    }
  }
}

private final class ThreadCommunicator: Communicator {
  let rank: Int
  var size: Int { ranks.size }
  private let ranks: ThreadRanks
  private var numbers: [CommunicatorChannel: Int] = [:]

  init(_ ranks: ThreadRanks, rank: Int) {
    self.ranks = ranks
    self.rank = rank
  }

  private final class Operation: PendingOperation {
    let meeting: ThreadRanks.Meeting
    init(_ meeting: ThreadRanks.Meeting) { self.meeting = meeting }
  }

  private func start(
    _ channel: CommunicatorChannel, sends: [UnsafeRawBufferPointer],
    receives: [UnsafeMutableRawBufferPointer]
  ) -> any PendingOperation {
    let number = numbers[channel, default: 0]
    numbers[channel] = number + 1
    return Operation(
      ranks.meet(
        .init(channel: channel, number: number), rank: rank,
        .init(sends: sends, receives: receives)))
  }

  func startAllToAll<Element: WireElement>(
    _ channel: CommunicatorChannel, from source: UnsafePointer<Element>, sends: [Range<Int>],
    into destination: UnsafeMutablePointer<Element>, receives: [Range<Int>]
  ) -> any PendingOperation {
    start(
      channel,
      sends: sends.map {
        UnsafeRawBufferPointer(
          UnsafeBufferPointer(start: source + $0.lowerBound, count: $0.count))
      },
      receives: receives.map {
        UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(start: destination + $0.lowerBound, count: $0.count))
      })
  }

  func startAllGather<Element: WireElement>(
    _ channel: CommunicatorChannel, _ elements: UnsafeMutablePointer<Element>, parts: [Range<Int>]
  ) -> any PendingOperation {
    startAllToAll(
      channel, from: elements, sends: parts.map { _ in parts[rank] }, into: elements,
      receives: parts)
  }

  func startAllGather(
    _ channel: CommunicatorChannel, own: UnsafeRawBufferPointer,
    all: UnsafeMutableRawBufferPointer
  ) -> any PendingOperation {
    let places = (0..<size).map {
      UnsafeMutableRawBufferPointer(rebasing: all[$0 * own.count..<($0 + 1) * own.count])
    }
    places[rank].copyMemory(from: own)
    return start(channel, sends: places.map { _ in own }, receives: places)
  }

  func startBroadcast(
    _ channel: CommunicatorChannel, _ bytes: UnsafeMutableRawBufferPointer, from root: Int
  ) -> any PendingOperation {
    let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    return start(
      channel,
      sends: (0..<size).map { _ in UnsafeRawBufferPointer(rank == root ? bytes : nothing) },
      receives: (0..<size).map { $0 == root && rank != root ? bytes : nothing })
  }

  func startBarrier(_ channel: CommunicatorChannel) -> any PendingOperation {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    let nowhere = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    return start(
      channel, sends: (0..<size).map { _ in nothing }, receives: (0..<size).map { _ in nowhere })
  }

  func shareMemory(byteCount: Int) throws -> [UnsafeMutableRawPointer] {
    try ranks.share(rank, byteCount)
  }

  func isFinished(_ operation: any PendingOperation) -> Bool {
    guard let operation = operation as? Operation else { preconditionFailure("not ours") }
    return ranks.isDone(operation.meeting)
  }

  func attend(isWaiting: Bool?) {}
}

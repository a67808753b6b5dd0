import COpenMPI
import Foundation

/// The communicator of a job that `mpirun` started.
///
/// Made by the communication thread and used by no other: MPI is started for one thread only
/// (MPI_THREAD_FUNNELED), because that is the mode in which MPI libraries take no locks. Each call
/// checks it.
package final class MPICommunicator: Communicator {
  package let rank: Int
  package let size: Int
  /// The name of each rank's host.
  let hosts: [String]
  /// The ranks on this rank's host, ascending.
  let localRanks: [Int]
  /// One for each channel, so that operations of different channels never wait for one another.
  private let channels: [tandem_mpi_communicator]
  /// `lineElements` of 2 and of 4 bytes.
  private let shortLine: tandem_mpi_line
  private let line: tandem_mpi_line
  private let thread: pthread_t
  /// nil for a job of one rank.
  private let monitor: RankMonitor?
  private var windows: [tandem_mpi_window] = []
  /// How many bytes go into one call of MPI; less than `MPICount.mostBytes` in tests only.
  package var mostBytesPerCall = MPICount.mostBytes

  /// Starts MPI for the calling thread and meets the other ranks.
  init(notes: JobNotes, activity: ActivityBoard) throws {
    try MPILibrary.initialize()
    thread = pthread_self()
    var rank: Int32 = 0
    var size: Int32 = 0
    try MPILibrary.check("starting MPI", tandem_mpi_rank_and_size(&rank, &size))
    self.rank = Int(rank)
    self.size = Int(size)
    channels = try CommunicatorChannel.allCases.map { _ in
      var channel = tandem_mpi_communicator()
      try MPILibrary.check("starting MPI", tandem_mpi_duplicate_world(&channel))
      return channel
    }
    shortLine = try Self.line(of: BFloat16Bits.self)
    line = try Self.line(of: Float.self)
    let neighbourhood = try Neighbourhood(
      rank: Int(rank), size: Int(size), channel: channels[CommunicatorChannel.general.rawValue])
    hosts = neighbourhood.hosts
    localRanks = neighbourhood.localRanks
    MPILibrary.explainDirectly(broken: RankMonitor.connectionBroke)
    monitor =
      size == 1
      ? nil
      : try RankMonitor(
        rank: Int(rank), hosts: hosts,
        neighbours: localRanks.filter { $0 != rank }.map { ($0, neighbourhood.processes[$0]) },
        notes: notes, activity: activity)
  }

  private static func line<Element: WireElement>(of type: Element.Type) throws -> tandem_mpi_line {
    var line = tandem_mpi_line()
    try MPILibrary.check(
      "starting MPI",
      tandem_mpi_make_line(Int32(MPICount.lineElements * MemoryLayout<Element>.size), &line))
    return line
  }

  private func line<Element: WireElement>(of type: Element.Type) -> tandem_mpi_line {
    MemoryLayout<Element>.size == MemoryLayout<BFloat16Bits>.size ? shortLine : line
  }

  package func startAllToAll<Element: WireElement>(
    _ channel: CommunicatorChannel, from source: UnsafePointer<Element>, sends: [Range<Int>],
    into destination: UnsafeMutablePointer<Element>, receives: [Range<Int>]
  ) throws -> any PendingOperation {
    precondition(sends.count == size && receives.count == size, "one range for each rank")
    // Open MPI takes equal addresses for a wish to exchange in place, whatever the offsets are; so
    // what is received is counted from a line earlier then.
    let step = source == UnsafePointer(destination) ? MPICount.lineElements : 0
    let receives = receives.map { $0.lowerBound + step..<$0.upperBound + step }
    let operation = try MPIOperation(sends, receives)
    try operation.start("an all-to-all exchange") {
      tandem_mpi_start_all_to_all(
        self[channel], line(of: Element.self), source, operation.counts(0), operation.offsets(0),
        destination - step,
        operation.counts(1), operation.offsets(1), $0)
    }
    return operation
  }

  package func startAllGather<Element: WireElement>(
    _ channel: CommunicatorChannel, _ elements: UnsafeMutablePointer<Element>, parts: [Range<Int>]
  ) throws -> any PendingOperation {
    precondition(parts.count == size, "one part for each rank")
    let operation = try MPIOperation(parts)
    try operation.start("an all-gather") {
      tandem_mpi_start_all_gather_lines(
        self[channel], line(of: Element.self), elements, operation.counts(0),
        operation.offsets(0), $0)
    }
    return operation
  }

  package func startAllGather(
    _ channel: CommunicatorChannel, own: UnsafeRawBufferPointer,
    all: UnsafeMutableRawBufferPointer
  ) throws -> any PendingOperation {
    precondition(all.count == own.count * size, "as many bytes from each rank")
    let operation = MPIOperation()
    if own.count <= mostBytesPerCall {
      try operation.start("an all-gather") {
        tandem_mpi_start_all_gather_bytes(
          self[channel], own.baseAddress, all.baseAddress, Int32(own.count), $0)
      }
      return operation
    }
    // Pieces of all ranks would have to be put apart by more than MPI's offsets can say, so each
    // rank gives its own in pieces of their own.
    for root in 0..<size {
      let part = UnsafeMutableRawBufferPointer(
        rebasing: all[root * own.count..<(root + 1) * own.count])
      if root == rank { part.copyMemory(from: own) }
      try startBroadcastPieces(of: operation, channel, part, from: root)
    }
    return operation
  }

  package func startBroadcast(
    _ channel: CommunicatorChannel, _ bytes: UnsafeMutableRawBufferPointer, from root: Int
  ) throws -> any PendingOperation {
    precondition((0..<size).contains(root), "no rank \(root)")
    let operation = MPIOperation()
    try startBroadcastPieces(of: operation, channel, bytes, from: root)
    return operation
  }

  package func startBarrier(_ channel: CommunicatorChannel) throws -> any PendingOperation {
    try synchronizeMemory()
    let operation = MPIOperation(ordersMemory: true)
    try operation.start("a barrier") { tandem_mpi_start_barrier(self[channel], $0) }
    return operation
  }

  package func shareMemory(byteCount: Int) throws -> [UnsafeMutableRawPointer] {
    precondition(localRanks.count == size, "ranks on other hosts share no memory")
    let pageBytes = 4096
    var window = tandem_mpi_window()
    do {
      try MPILibrary.check(
        "sharing memory",
        tandem_mpi_share_memory(self[.general], byteCount + pageBytes, &window))
    } catch .mpiFailed(_, let message) {
      throw JobError.noSharedMemory(byteCount: byteCount, message: message)
    }
    windows.append(window)
    let bases = try (0..<size).map { rank in
      var base: UnsafeMutableRawPointer?
      try MPILibrary.check(
        "sharing memory", tandem_mpi_shared_base(window, Int32(rank), &base))
      guard let base else {
        throw JobError.noSharedMemory(byteCount: byteCount, message: "no address")
      }
      // The library puts a header before it. All processes map it at the same place of a page.
      return base.alignedUp(toMultipleOf: pageBytes)
    }
    // Also has the pages made now, and not in a step.
    memset(bases[rank], 0, byteCount)
    try wait(for: startBarrier(.general))
    return bases
  }

  private func synchronizeMemory() throws {
    for window in windows {
      try MPILibrary.check("sharing memory", tandem_mpi_synchronize(window))
    }
  }

  private func startBroadcastPieces(
    of operation: MPIOperation, _ channel: CommunicatorChannel,
    _ bytes: UnsafeMutableRawBufferPointer, from root: Int
  ) throws {
    for piece in MPICount.pieces(of: bytes.count, most: mostBytesPerCall) {
      try operation.start("a broadcast") {
        tandem_mpi_start_broadcast(
          self[channel], bytes.baseAddress! + piece.lowerBound, Int32(piece.count), Int32(root), $0)
      }
    }
  }

  /// Adds up `count` floats of all ranks in place, in an order that the library chooses; returns
  /// when it is done.
  ///
  /// For benchmarks only: it is what the exchange of gradients is compared with. Training does not
  /// use it, because its result depends on the number of ranks.
  package func allReduce(_ floats: UnsafeMutablePointer<Float>, count: Int) throws {
    let most = mostBytesPerCall / MemoryLayout<Float>.stride
    for piece in MPICount.pieces(of: count, most: most) {
      try MPILibrary.check(
        "an all-reduce",
        tandem_mpi_all_reduce(self[.general], floats + piece.lowerBound, Int32(piece.count)))
    }
  }

  package func isFinished(_ operation: any PendingOperation) throws -> Bool {
    checkThread()
    guard let operation = operation as? MPIOperation else {
      preconditionFailure("an operation of another communicator")
    }
    let isDone = try operation.test()
    if isDone, operation.ordersMemory { try synchronizeMemory() }
    monitor?.note(isWaiting: !isDone)
    try monitor?.tick()
    return isDone
  }

  package func attend(isWaiting: Bool?) throws {
    checkThread()
    if let isWaiting { monitor?.note(isWaiting: isWaiting) }
    try monitor?.tick()
  }

  /// Says good-bye to the other ranks and ends MPI; nothing of it can be called afterwards.
  func finish() throws {
    try barrier()
    for index in windows.indices {
      try MPILibrary.check("ending MPI", tandem_mpi_free_shared_memory(&windows[index]))
    }
    try MPILibrary.check("ending MPI", tandem_mpi_finalize())
  }

  private subscript(channel: CommunicatorChannel) -> tandem_mpi_communicator {
    checkThread()
    return channels[channel.rawValue]
  }

  private func checkThread() {
    precondition(
      pthread_equal(thread, pthread_self()) != 0,
      "MPI belongs to the communication thread: use the communicator inside Job.perform only")
  }
}

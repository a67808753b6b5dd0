import TandemCollectives
import TandemTensor

/// Every collective operation with data that differs per rank and answers in closed form.
let collectiveTests: [String: RankTest] = [
  "collectives": { job, arguments in
    try expectEqual(job.size, Int(arguments[0]) ?? 0, "the number of ranks")
    try job.perform("testing collectives") { communicator in
      try allToAllTest(communicator)
      try allGatherTest(communicator)
      try byteTest(communicator)
      try broadcastTest(communicator)
      try gatherTest(communicator)
    }
  },
  "pieces": { job, _ in
    try job.perform("testing pieces") { communicator in
      guard let communicator = communicator as? MPICommunicator else {
        throw Unexpected("to be run by mpirun")
      }
      communicator.mostBytesPerCall = 24
      try byteTest(communicator)
      try broadcastTest(communicator)
      try allReduceTest(communicator)
    }
  },
  // Shows that a wrong answer is noticed: each rank gives other data than the answers are for.
  "collectives-wrong": { job, _ in
    try job.perform("testing the tests") { try allGatherTest($0, error: $0.rank == 0 ? 1 : 0) }
  },
  "exchange-trial": { job, _ in
    try job.perform("testing the trial") { communicator in
      guard let communicator = communicator as? MPICommunicator else {
        throw Unexpected("to be run by mpirun")
      }
      try exchangeTrialTest(communicator)
    }
  },
  "two-channels": { job, _ in try job.perform("testing channels", twoChannelsTest) },
]

private let line = 16

/// What rank `from` sends to rank `to`, element i.
private func value(_ from: Int, _ to: Int, _ index: Int) -> Float {
  Float(from * 1_000_000 + to * 10_000 + index)
}

/// Ranges one after the other with the given lengths in lines, and a gap of a line between them.
private func ranges(_ lengths: [Int]) -> [Range<Int>] {
  var start = line
  return lengths.map { length in
    defer { start += (length + 1) * line }
    return start..<start + length * line
  }
}

/// Uneven lengths: rank a sends (a + 2 b) % 4 lines to rank b, so some ranges are empty.
private func length(_ from: Int, _ to: Int) -> Int { (from + 2 * to) % 4 }

private func allToAllTest(_ communicator: any Communicator) throws {
  try allToAllTest(communicator) { $0 }
  try allToAllTest(communicator, halved)
}

/// 16 bits that tell values of the tests apart.
private func halved(_ value: Float) -> BFloat16Bits {
  BFloat16Bits(truncatingIfNeeded: Int(value) % 65521)
}

private func allToAllTest<Element: WireElement & Equatable>(
  _ communicator: any Communicator, _ element: (Float) -> Element
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  let sends = ranges((0..<size).map { length(rank, $0) })
  let receives = ranges((0..<size).map { length($0, rank) })
  var source = [Element](repeating: element(-1), count: sends[size - 1].upperBound + line)
  for to in 0..<size {
    for index in sends[to] {
      source[index] = element(value(rank, to, index - sends[to].lowerBound))
    }
  }
  var destination = [Element](repeating: element(-2), count: receives[size - 1].upperBound + line)
  var expected = destination
  for from in 0..<size {
    for index in receives[from] {
      expected[index] = element(value(from, rank, index - receives[from].lowerBound))
    }
  }
  try source.withUnsafeBufferPointer { source in
    try destination.withUnsafeMutableBufferPointer { destination in
      try communicator.wait(
        for: communicator.startAllToAll(
          .gradients, from: source.baseAddress!, sends: sends, into: destination.baseAddress!,
          receives: receives))
    }
  }
  try expectEqual(destination, expected, "all-to-all of \(Element.self)")
}

/// - Parameter error: added to what the rank gives.
private func allGatherTest(_ communicator: any Communicator, error: Float = 0) throws {
  try allGatherTest(communicator, error: error) { $0 }
  try allGatherTest(communicator, error: error, halved)
}

private func allGatherTest<Element: WireElement & Equatable>(
  _ communicator: any Communicator, error: Float, _ element: (Float) -> Element
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for shift in 0..<3 {
    let parts = ranges((0..<size).map { ($0 + shift) % 3 })
    var elements = [Element](repeating: element(-1), count: parts[size - 1].upperBound + line)
    var expected = elements
    for owner in 0..<size {
      for index in parts[owner] { expected[index] = element(value(owner, shift, index)) }
    }
    for index in parts[rank] { elements[index] = element(value(rank, shift, index) + error) }
    try elements.withUnsafeMutableBufferPointer { elements in
      try communicator.wait(
        for: communicator.startAllGather(.parameters, elements.baseAddress!, parts: parts))
    }
    try expectEqual(elements, expected, "all-gather of \(Element.self)")
  }
}

private func byteTest(_ communicator: any Communicator) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  func bytes(_ rank: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: rank * 100 + $0) }
  }
  for longest in [0, 1, 7, 100] {
    // Rank 0 has nothing to say.
    let got = try communicator.allGather(bytes(rank, rank * longest))
    try expectEqual(got, (0..<size).map { bytes($0, $0 * longest) }, "all-gather of bytes")
  }
  try communicator.barrier()
}

private func broadcastTest(_ communicator: any Communicator) throws {
  for root in 0..<communicator.size {
    for count in [0, 1, 1000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: root + 3 * $0) }
      let got = try communicator.broadcast(communicator.rank == root ? bytes : [], from: root)
      try expectEqual(got, bytes, "broadcast from \(root)")
    }
  }
}

private func gatherTest(_ communicator: any Communicator) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for root in 0..<size {
    let parts = ranges((0..<size).map { ($0 + root) % 3 })
    var floats = [Float](repeating: -1, count: parts[size - 1].upperBound + line)
    for index in parts[rank] { floats[index] = value(rank, root, index) }
    var expected = floats
    if rank == root {
      for owner in 0..<size {
        for index in parts[owner] { expected[index] = value(owner, root, index) }
      }
    }
    try floats.withUnsafeMutableBufferPointer { floats in
      try communicator.gather(floats.baseAddress!, parts: parts, to: root)
    }
    try expectEqual(floats, expected, "gather to \(root)")
  }
}

private func allReduceTest(_ communicator: MPICommunicator) throws {
  let size = communicator.size
  var floats = (0..<100).map { Float(communicator.rank + 1) * Float($0) }
  try floats.withUnsafeMutableBufferPointer { floats in
    try communicator.allReduce(floats.baseAddress!, count: floats.count)
  }
  let sum = Float(size * (size + 1) / 2)
  try expectEqual(floats, (0..<100).map { sum * Float($0) }, "all-reduce")
}

/// The exchange as it is measured: the same sums as the library's.
private func exchangeTrialTest(_ communicator: MPICommunicator) throws {
  for wire in WireFormat.allCases { try exchangeTrialTest(communicator, wire) }
}

private func exchangeTrialTest(_ communicator: MPICommunicator, _ wire: WireFormat) throws {
  var arenas: [MemoryArena] = []
  let trial = try ExchangeTrial(
    communicator, bytes: 100_000, bucketBytes: 30_000, wire: wire
  ) { bytes in
    let arena = try MemoryArena(byteCount: bytes, purpose: "a trial")
    arenas.append(arena)
    return arena.base
  }
  for _ in 0..<2 {
    trial.clearParameters()
    try trial.fill()
    try trial.exchange()
    try expectEqual(trial.agree(), false, "sums that were not made yet")
    try trial.fill()
    try trial.allReduce()
    try expectEqual(trial.agree(), true, "sums of the exchange and of the library")
  }
}

/// Even ranks start on one channel first, odd ones on the other: neither waits for the other.
private func twoChannelsTest(_ communicator: any Communicator) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  let count = 1 << 16
  let parts = (0..<size).map { $0 * count..<($0 + 1) * count }
  let channels: [CommunicatorChannel] =
    rank % 2 == 0 ? [.gradients, .parameters] : [.parameters, .gradients]
  let expected = (0..<size * count).map { value($0 / count, 0, $0 % 4096) }
  let arenas = channels.map { _ in
    UnsafeMutablePointer<Float>.allocate(capacity: size * count)
  }
  defer { for arena in arenas { arena.deallocate() } }
  for round in 0..<5 {
    for arena in arenas {
      arena.initialize(repeating: -1, count: size * count)
      for index in parts[rank] { arena[index] = expected[index] + Float(round) }
    }
    let first = try communicator.startAllGather(channels[0], arenas[0], parts: parts)
    let second = try communicator.startAllGather(channels[1], arenas[1], parts: parts)
    for operation in rank % 2 == 0 ? [second, first] : [first, second] {
      try communicator.wait(for: operation)
    }
    for arena in arenas {
      let got = [Float](UnsafeBufferPointer(start: arena, count: size * count))
      try expectEqual(got, expected.map { $0 + Float(round) }, "all-gather on two channels")
    }
  }
}

/// Where the buffers of a complete program live.
///
/// Time runs over the instructions: prepare, then forward, then the moment at which the caller
/// reads the logits and writes their gradient, then backward, then the moment at which the caller
/// reads the gradient of the images and what was observed.
struct PlanStorage {
  let offsets: [Int]
  let lifetimes: [ClosedRange<Int>?]
  let arenaBytes: Int
  let unsharedArenaBytes: Int
  let parameterCopyBytes: Int

  init(
    _ builder: PlanBuilder, usedByLoss: [Buffer.ID], readAtEnd: [Buffer.ID]
  ) {
    let buffers = builder.buffers
    var lifetimes: [ClosedRange<Int>?] = Array(repeating: nil, count: buffers.count)
    func touch(_ id: Buffer.ID, at time: Int) {
      guard buffers[id.index].home == .arena else { return }
      let known = lifetimes[id.index]
      lifetimes[id.index] =
        min(known?.lowerBound ?? time, time)...max(known?.upperBound ?? time, time)
    }
    func touchAll(_ instructions: [Instruction], from start: Int) {
      for (index, instruction) in instructions.enumerated() {
        for id in instruction.reads + instruction.writes { touch(id, at: start + index) }
      }
    }
    let lossTime = builder.prepare.count + builder.forward.count
    touchAll(builder.prepare, from: 0)
    touchAll(builder.forward, from: builder.prepare.count)
    touchAll(builder.backward, from: lossTime + 1)
    for id in usedByLoss { touch(id, at: lossTime) }
    for id in readAtEnd { touch(id, at: lossTime + 1 + builder.backward.count) }

    let arena = buffers.indices.filter { lifetimes[$0] != nil }
    let placement = ArenaPlacement(
      arena.map { .init(byteCount: buffers[$0].byteCount, lifetime: lifetimes[$0]!) })
    var offsets = Array(repeating: 0, count: buffers.count)
    for (index, offset) in zip(arena, placement.offsets) { offsets[index] = offset }

    var copyBytes = 0
    for buffer in buffers where buffer.home == .parameterCopy {
      offsets[buffer.id.index] = copyBytes
      copyBytes += ArenaPlacement.aligned(buffer.byteCount)
    }

    self.offsets = offsets
    self.lifetimes = lifetimes
    arenaBytes = placement.byteCount
    unsharedArenaBytes = arena.reduce(0) { $0 + ArenaPlacement.aligned(buffers[$1].byteCount) }
    parameterCopyBytes = copyBytes
  }
}
